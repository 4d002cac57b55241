import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { BatchReport } from '../domain/batch.ts';
import { RotationError } from '../domain/failures.ts';
import type { RotateBatchInput } from '../domain/input.ts';
import { BATCH_WORKFLOW_ID } from '../domain/workflow-ids.ts';
import type { rotateBatch } from '../workflows/index.ts';

export type BatchHandle = WorkflowHandle<typeof rotateBatch>;

/** Starts a batch. @throws RotationError `AnotherRotation` when one is running. */
export async function startBatch(client: Client, taskQueue: string, input: RotateBatchInput): Promise<BatchHandle> {
  try {
    return await client.workflow.start<typeof rotateBatch>('rotateBatch', {
      taskQueue,
      workflowId: BATCH_WORKFLOW_ID,
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: 'Rotate the PostgreSQL passwords of several components',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new RotationError(
      'AnotherRotation',
      `A batch is running already (workflow ${BATCH_WORKFLOW_ID}). Wait for it.`,
    );
  }
}

/** Waits for the end of a batch, however it ends. @throws RotationError when it ended before it began. */
export async function awaitBatchReport(handle: BatchHandle): Promise<BatchReport> {
  try {
    return await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof CancelledFailure) return handle.query<BatchReport>('progress');
    const [report] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
    if (typeof report === 'object' && report !== null && 'components' in report) return report as BatchReport;
    const inner = cause?.cause ?? cause;
    throw new RotationError(
      'InvalidInput',
      inner instanceof Error ? inner.message : 'The batch ended without a report.',
    );
  }
}
