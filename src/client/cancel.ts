import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { RotationError } from '../domain/failures.ts';

/** Asks a running workflow to end, which undoes what it did. @throws RotationError `NoRotation`. */
export async function cancelWorkflow(client: Client, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    // Temporal accepts the cancellation of a workflow that has ended.
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') throw noneRuns(workflowId);
    await handle.cancel();
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? noneRuns(workflowId) : error;
  }
}

function noneRuns(workflowId: string): RotationError {
  return new RotationError(
    'NoRotation',
    `No workflow ${workflowId} runs. "cnpg-rotate list" shows what runs, with its Workflow Id.`,
  );
}
