import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type Workflow,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { RotationError } from '../domain/failures.ts';
import { isWithoutAnswer } from './server-answers.ts';

/** Starts a workflow that runs once at a time. @throws RotationError `AnotherRotation` with the text when one runs, `OutOfSight`. */
export async function startAlone<T extends Workflow>(
  client: Client,
  type: string,
  options: WorkflowStartOptions<T>,
  runsAlready: string,
): Promise<WorkflowHandle<T>> {
  try {
    return await client.workflow.start<T>(type, { ...options, workflowIdConflictPolicy: 'FAIL' });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) throw new RotationError('AnotherRotation', runsAlready);
    if (!isWithoutAnswer(error)) throw error;
    throw new RotationError(
      'OutOfSight',
      `Temporal went away while workflow ${options.workflowId} was being started. Whether the workflow runs is not known: look with "cnpg-rotate list" when Temporal is back.`,
    );
  }
}
