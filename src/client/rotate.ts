import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { RotationError } from '../domain/failures.ts';
import type { RotatePasswordInput } from '../domain/rotation/input.ts';
import type { RotationReport } from '../domain/rotation/report.ts';
import type { rotatePassword } from '../workflows/index.ts';
import { rotationWorkflowId } from '../domain/rotation/workflow-ids.ts';
import { awaitEnd } from './await-end.ts';

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
export function awaitReport(handle: RotationHandle): Promise<RotationReport> {
  return awaitEnd(handle, isReport);
}

function isReport(value: unknown): value is RotationReport {
  return typeof value === 'object' && value !== null && 'rotation' in value && 'steps' in value;
}
