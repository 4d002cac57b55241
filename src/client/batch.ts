import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { BatchReport, RotateBatchInput } from '../domain/batch/batch.ts';
import { RotationError } from '../domain/failures.ts';
import { BATCH_WORKFLOW_ID } from '../domain/rotation/workflow-ids.ts';
import type { rotateBatch } from '../workflows/index.ts';
import { awaitEnd } from './await-end.ts';

export type BatchHandle = WorkflowHandle<typeof rotateBatch>;

/** Starts a batch. @throws RotationError `AnotherRotation` when one that our client started is running. */
export async function startBatch(client: Client, taskQueue: string, input: RotateBatchInput): Promise<BatchHandle> {
  try {
    return await client.workflow.start<typeof rotateBatch>('rotateBatch', {
      taskQueue,
      workflowId: BATCH_WORKFLOW_ID,
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary:
        `Rotate the PostgreSQL passwords of ${input.components?.join(', ') ?? 'the whole catalogue'}`.slice(0, 200),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new RotationError(
      'AnotherRotation',
      `A batch is running already (workflow ${BATCH_WORKFLOW_ID}). Wait for it, or undo it with "temporal workflow cancel -w ${BATCH_WORKFLOW_ID}".`,
    );
  }
}

/** Waits for the end of a batch, however it ends. @throws what was not a batch's own end. */
export function awaitBatchReport(handle: BatchHandle): Promise<BatchReport> {
  return awaitEnd(handle, isBatchReport);
}

function isBatchReport(value: unknown): value is BatchReport {
  return typeof value === 'object' && value !== null && 'concurrency' in value && 'components' in value;
}
