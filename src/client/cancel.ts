import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { RotationError } from '../domain/failures.ts';

/** Asks a running workflow to end, which undoes what it did. @throws RotationError `NoRotation`. */
export async function cancelWorkflow(client: Client, workflowId: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new RotationError(
      'NoRotation',
      `No workflow ${workflowId} runs. "cnpg-rotate list" shows what runs, with its Workflow Id.`,
    );
  }
}
