import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { RotationError } from '../domain/failures.ts';
import type { RotatePasswordInput } from '../domain/input.ts';
import type { RotationReport } from '../domain/rotation.ts';
import type { rotatePassword } from '../workflows/index.ts';
import { rotationWorkflowId } from './ids.ts';

export type RotationHandle = WorkflowHandle<typeof rotatePassword>;

/** Starts a rotation. @throws RotationError `AnotherRotation` when one of this component is running. */
export async function startRotation(
  client: Client,
  taskQueue: string,
  input: RotatePasswordInput,
): Promise<RotationHandle> {
  const workflowId = rotationWorkflowId(input.component);
  try {
    return await client.workflow.start<typeof rotatePassword>('rotatePassword', {
      taskQueue,
      workflowId,
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `Rotate the PostgreSQL password of ${input.component}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new RotationError(
      'AnotherRotation',
      `A rotation of ${input.component} is running already (workflow ${workflowId}). Follow it with "cnpg-rotate follow ${input.component}".`,
    );
  }
}

/** Waits for the end of a rotation, however it ends. @throws what was not a rotation's own end. */
export async function awaitReport(handle: RotationHandle): Promise<RotationReport> {
  try {
    return await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    // A cancelled workflow ends without details; its report is read from its history.
    const report: unknown =
      cause instanceof CancelledFailure
        ? await handle.query<RotationReport>('progress')
        : cause instanceof ApplicationFailure
          ? cause.details?.[0]
          : undefined;
    if (isReport(report)) return report;
    if (cause instanceof ApplicationFailure) throw new RotationError('InvalidInput', cause.message);
    const how = cause instanceof TerminatedFailure ? 'was terminated' : 'ended';
    throw new RotationError(
      'Unexpected',
      `The workflow ${handle.workflowId} ${how} without a report. Where it stands: "temporal workflow show -w ${handle.workflowId}".`,
    );
  }
}

function isReport(value: unknown): value is RotationReport {
  return typeof value === 'object' && value !== null && 'rotation' in value && 'steps' in value;
}
