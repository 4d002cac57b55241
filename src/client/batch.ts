import type { Client, WorkflowHandle } from '@temporalio/client';
import { isBatchReport, type BatchReport, type RotateBatchInput } from '../domain/batch/batch.ts';
import type { RotationReport } from '../domain/rotation/report.ts';
import { batchStart } from '../domain/rotation/start-texts.ts';
import { BATCH_WORKFLOW_ID } from '../domain/rotation/workflow-ids.ts';
import type { rotateBatch } from '../workflows/index.ts';
import { awaitEnd } from './await-end.ts';
import { followWorkflow, readProgress, type Follower } from './follow.ts';
import { startAlone } from './start-alone.ts';

export type BatchHandle = WorkflowHandle<typeof rotateBatch>;

/** Starts a batch. @throws RotationError `AnotherRotation` when a batch that our client started is running. */
export function startBatch(client: Client, taskQueue: string, input: RotateBatchInput): Promise<BatchHandle> {
  return startAlone<typeof rotateBatch>(
    client,
    'rotateBatch',
    {
      taskQueue,
      workflowId: BATCH_WORKFLOW_ID,
      args: [input],
      ...batchStart(input),
    },
    `A batch is running already (workflow ${BATCH_WORKFLOW_ID}). Follow it with "cnpg-rotate follow --batch", or undo it with "cnpg-rotate cancel --batch".`,
  );
}

/** Waits until a batch ends, with any outcome. @throws any end that is not the batch's own. */
export function awaitBatchReport(handle: BatchHandle): Promise<BatchReport> {
  return awaitEnd(handle, isBatchReport);
}

/** Follows a batch and the progress of its rotations. */
export interface BatchFollower extends Follower<BatchReport> {
  /** Called often with each running rotation's state, the last time before the batch reports this rotation's end. */
  rotation(report: RotationReport): void;
}

/** Shows a batch and its rotations. @returns its report at the end. */
export async function followBatch(client: Client, handle: BatchHandle, follower: BatchFollower): Promise<BatchReport> {
  const seenRunning = new Set<string>();
  const showRotations = (workflowIds: readonly string[]): Promise<unknown> =>
    Promise.all(
      workflowIds.map(async (workflowId) => {
        const rotation = await readProgress<RotationReport>(client, client.workflow.getHandle(workflowId));
        if (rotation?.workflowId === workflowId) follower.rotation(rotation);
      }),
    );
  // Between two looks a rotation takes its last steps and ends. So an ended rotation is shown once more.
  const showEnded = async ({ components }: BatchReport): Promise<readonly string[]> => {
    const running = components.filter(({ outcome }) => outcome === 'running').map(({ workflowId }) => workflowId);
    const ended = [...seenRunning].filter((workflowId) => !running.includes(workflowId));
    for (const workflowId of ended) seenRunning.delete(workflowId);
    await showRotations(ended);
    return running;
  };
  const report = await followWorkflow<BatchReport>(
    client,
    { handle, end: () => awaitBatchReport(handle) },
    {
      noAnswer: (from) => follower.noAnswer(from),
      progress: async (seen) => {
        const running = await showEnded(seen);
        await follower.progress(seen);
        for (const workflowId of running) seenRunning.add(workflowId);
        await showRotations(running);
      },
    },
  );
  await showEnded(report);
  return report;
}
