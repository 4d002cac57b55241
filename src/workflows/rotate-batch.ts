import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  executeChild,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { RotationActivities } from '../activities/types.ts';
import { batchMarkdown, batchOutcome, toEntry, type BatchEntry, type BatchReport } from '../domain/batch.ts';
import { activityOptions } from '../domain/budgets.ts';
import { parseRotateBatchInput, type RotateBatchInput, type RotateBatchRequest } from '../domain/input.ts';
import type { RotationReport } from '../domain/rotation.ts';
import { rotationWorkflowId } from '../domain/workflow-ids.ts';
import { toCause } from './cause.ts';
import { batchProgressQuery } from './messages.ts';
import { reportOf } from './report-of.ts';
import { rotatePassword } from './rotate-password.ts';
import { validated } from './validated.ts';

const { listComponents } = proxyActivities<RotationActivities>(activityOptions('preflight'));

/**
 * Rotates several components, each by a `rotatePassword` of its own, so many at once as asked for. One that fails is
 * undone by itself and does not stop the others, unless asked.
 * @returns the report of reports, when all were rotated; otherwise the workflow fails with it in its failure's details.
 */
export async function rotateBatch(input: RotateBatchInput): Promise<BatchReport> {
  const request = validated(parseRotateBatchInput, input);
  const { components, canary } = request;
  const batch = new Batch();
  setHandler(batchProgressQuery, () => batch.report());

  const names = await listComponents({ ...(components !== undefined && { components }) });
  if (canary !== undefined && !names.includes(canary)) {
    const message = `The canary "${canary}" is none of the components of the batch: ${names.join(', ')}.`;
    throw ApplicationFailure.create({ type: 'InvalidInput', message, nonRetryable: true });
  }
  batch.plan(names);
  if (canary !== undefined) await rotateAll(batch, [canary], { ...request, stopAfterFailures: 1 });
  const rest = names.filter((name) => name !== canary);
  if (batch.failures() === 0 || canary === undefined) await rotateAll(batch, rest, request);
  return conclude(batch.end());
}

/** Takes the next component whenever one of the `concurrency` lanes is free. */
async function rotateAll(batch: Batch, names: readonly string[], request: RotateBatchRequest): Promise<void> {
  const queue = [...names];
  const lane = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const { stopAfterFailures = Number.POSITIVE_INFINITY } = request;
      if (batch.failures() >= stopAfterFailures || CancellationScope.current().consideredCancelled) return;
      batch.note({ component: name, workflowId: rotationWorkflowId(name), outcome: 'running' });
      batch.note(await rotateOne(name, request));
    }
  };
  await Promise.all(Array.from({ length: request.concurrency }, lane));
}

/** @returns how it ended: a component's failure is an entry of the report, not a failure of the batch. */
async function rotateOne(component: string, { reason, endOldSessions }: RotateBatchRequest): Promise<BatchEntry> {
  const workflowId = rotationWorkflowId(component);
  try {
    const report = await executeChild(rotatePassword, {
      workflowId,
      args: [{ component, endOldSessions, ...(reason !== undefined && { reason }) }],
      // A batch that is cancelled waits until its rotations have gone back.
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `Rotate the PostgreSQL password of ${component}`,
    });
    return toEntry(report);
  } catch (error) {
    const report: RotationReport | undefined = reportOf(error);
    if (report !== undefined) return toEntry(report);
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      const message = `A rotation of ${component} is running already (workflow ${workflowId}); the batch left it alone.`;
      return { component, workflowId, outcome: 'unchanged', cause: { type: 'AnotherRotation', message } };
    }
    // Temporal keeps no details of a cancelled workflow. One that ended without a report (terminated) must be looked at.
    const outcome = isCancellation(error) ? 'cancelled' : 'needs-attention';
    return { component, workflowId, outcome, cause: toCause(error) };
  }
}

function conclude(report: BatchReport): BatchReport {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('The batch was cancelled.');
  if (report.outcome === 'rotated') return report;
  const failed = report.components.filter(({ outcome }) => outcome !== 'rotated');
  const message = failed
    .map(({ component, outcome, cause }) => `${component}: ${outcome}. ${cause?.message ?? ''}`)
    .join(' ');
  throw ApplicationFailure.create({ type: 'BatchIncomplete', message, details: [report], nonRetryable: true });
}

/** The report while it is being written. Every entry also goes to the Web UI. */
class Batch {
  readonly #entries = new Map<string, BatchEntry>();
  readonly #startedAt = new Date().toISOString();
  #end: Pick<BatchReport, 'endedAt' | 'seconds'> = {};

  plan(names: readonly string[]): void {
    for (const name of names) this.note({ component: name, workflowId: rotationWorkflowId(name), outcome: 'waiting' });
  }

  note(entry: BatchEntry): void {
    this.#entries.set(entry.component, entry);
    setCurrentDetails(batchMarkdown(this.report()));
  }

  failures(): number {
    const over = [...this.#entries.values()].filter(({ outcome }) => outcome !== 'waiting' && outcome !== 'running');
    return over.filter(({ outcome }) => outcome !== 'rotated').length;
  }

  report(): BatchReport {
    const { workflowId, runId } = workflowInfo();
    const components = [...this.#entries.values()];
    const outcome = this.#end.endedAt === undefined ? 'running' : batchOutcome(components);
    return { workflowId, runId, outcome, startedAt: this.#startedAt, ...this.#end, components };
  }

  end(): BatchReport {
    for (const entry of this.#entries.values())
      if (entry.outcome === 'waiting') this.note({ ...entry, outcome: 'not-started' });
    const endedAt = new Date().toISOString();
    this.#end = { endedAt, seconds: (Date.parse(endedAt) - Date.parse(this.#startedAt)) / 1_000 };
    setCurrentDetails(batchMarkdown(this.report()));
    return this.report();
  }
}
