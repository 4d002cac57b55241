import {
  CancellationScope,
  CancelledFailure,
  continueAsNew,
  proxyActivities,
  setHandler,
  setWorkflowOptions,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { WorkerActivities } from '../activities/types/index.ts';
import {
  BATCH_PAGE,
  notStarted,
  orderComponents,
  parseRotateBatchInput,
  resultOf,
  whyStop,
  type BatchReport,
  type BatchSoFar,
  type ComponentResult,
  type RotateBatchInput,
  type RotateBatchRequest,
} from '../domain/batch/batch.ts';
import { batchSummary } from '../domain/batch/timeline.ts';
import { LIST_COMPONENTS } from '../domain/budgets.ts';
import { rotationStart } from '../domain/rotation/start-texts.ts';
import { rotationWorkflowId } from '../domain/rotation/workflow-ids.ts';
import { BatchLogbook } from './batch-logbook.ts';
import { resultOfFailed, whyNotStarted } from './child-result.ts';
import { asFailure, failure } from './failure.ts';
import { batchProgressQuery } from './messages.ts';
import type { rotatePassword } from './rotate-password.ts';
import { searchAttributes } from './search-attributes.ts';

const { listComponents } = proxyActivities<WorkerActivities>(LIST_COMPONENTS);

// Each of its rotations ends on the version that began it. The batch itself goes on with the newest one. Temporal refuses
// a behavior from a worker without a version.
setWorkflowOptions(
  () =>
    (workflowInfo().currentDeploymentVersion?.deploymentName ?? '') === ''
      ? {}
      : { versioningBehavior: 'AUTO_UPGRADE' },
  rotateBatch,
);

/**
 * Rotates several components, some at once. Each rotation is a child workflow `rotatePassword`.
 * @param soFar given only when the workflow continues as new.
 * @returns the report, when every component was rotated. Otherwise the workflow fails with `BatchIncomplete`, and the
 *   failure's details hold the report. A cancelled batch ends as cancelled; the query `progress` gives its report.
 */
export async function rotateBatch(input: RotateBatchInput = {}, soFar?: BatchSoFar): Promise<BatchReport> {
  const request = asFailure(() => parseRotateBatchInput(input));
  const logbook = new BatchLogbook(request, workflowInfo().workflowId, soFar);
  setHandler(batchProgressQuery, () => logbook.report());
  logbook.findableBy(await searchAttributes());
  if (soFar === undefined) {
    const catalogue = await listComponents();
    logbook.ordered(asFailure(() => orderComponents(request, catalogue)));
  }
  await rotatePage(logbook, request);
  if (logbook.left.length > 0 && logbook.stopped === undefined)
    return continueAsNew<typeof rotateBatch>(input, logbook.soFar());
  const report = logbook.end();
  if (report.outcome === 'rotated') return report;
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure(batchSummary(report));
  throw failure('BatchIncomplete', batchSummary(report), report);
}

/** Rotates the next components until the page is full or a failure stops the batch. */
async function rotatePage(logbook: BatchLogbook, request: RotateBatchRequest): Promise<void> {
  const page = logbook.left.slice(0, BATCH_PAGE);
  if (request.canary !== undefined && page[0] === request.canary)
    await rotateInTurn(logbook, request, page.splice(0, 1));
  const atOnce = Math.min(request.concurrency, page.length);
  await Promise.all(Array.from({ length: atOnce }, () => rotateInTurn(logbook, request, page)));
}

async function rotateInTurn(logbook: BatchLogbook, request: RotateBatchRequest, queue: string[]): Promise<void> {
  for (;;) {
    if (CancellationScope.current().consideredCancelled) logbook.stop('the batch was cancelled');
    else logbook.stop(whyStop(request, logbook.ended));
    const component = logbook.stopped === undefined ? queue.shift() : undefined;
    if (component === undefined) return;
    logbook.write({ ...notStarted(component), outcome: 'running' });
    logbook.write(await rotateOne(component, request));
  }
}

/** Rotates one component, and returns its result whatever it is. */
async function rotateOne(
  component: string,
  {
    reason,
    endOldSessions,
    requireApproval,
    approvalTimeoutSeconds,
    strict,
    watchSeconds,
    waitForJobsSeconds,
    startedBy,
  }: RotateBatchRequest,
): Promise<ComponentResult> {
  const workflowId = rotationWorkflowId(component);
  const child = await startChild<typeof rotatePassword>('rotatePassword', {
    workflowId,
    args: [
      {
        component,
        endOldSessions,
        requireApproval,
        approvalTimeoutSeconds,
        ...(strict !== undefined && { strict }),
        ...(watchSeconds !== undefined && { watchSeconds }),
        waitForJobsSeconds,
        startedBy: startedBy ?? `workflow ${workflowInfo().workflowId}`,
        reason,
      },
    ],
    ...rotationStart({ component, workflowId, reason, startedBy, requireApproval }),
    // A cancelled batch waits until its rotations have brought the previous passwords back.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    parentClosePolicy: 'REQUEST_CANCEL',
  }).catch((error: unknown) => notStarted(component, whyNotStarted(component, error)));
  if ('outcome' in child) return child;
  try {
    return resultOf(await child.result());
  } catch (error) {
    return resultOfFailed(component, error);
  }
}
