import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Owner } from './types.ts';

/** Names the Temporal cluster and namespace of this activity's workflow, so that another one's workflows are not taken for dead. */
export async function temporalIdentity(): Promise<string> {
  const { client, info } = Context.current();
  const { clusterId } = await client.workflowService.getClusterInfo({});
  return `${clusterId}/${info.namespace}`;
}

/** Whether a workflow of this Temporal namespace still runs; one that it does not know does not. */
export async function isRunning({ workflowId, runId }: Owner): Promise<boolean> {
  try {
    const { status } = await Context.current().client.workflow.getHandle(workflowId, runId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
