import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type Workflow,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { RotationError } from '../domain/failures.ts';

/** Starts a workflow that runs once at a time. @throws RotationError `AnotherRotation` with the text when one runs. */
export async function startAlone<T extends Workflow>(
  client: Client,
  type: string,
  options: WorkflowStartOptions<T>,
  runsAlready: string,
): Promise<WorkflowHandle<T>> {
  try {
    return await client.workflow.start<T>(type, { ...options, workflowIdConflictPolicy: 'FAIL' });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new RotationError('AnotherRotation', runsAlready);
  }
}
