import { Context } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Owner } from '../types/index.ts';

/** Names this workflow's Temporal cluster and namespace. Workflows of another namespace then do not count as dead. */
export async function temporalIdentity(client = Context.current().client): Promise<string> {
  const { clusterId } = await client.workflowService.getClusterInfo({});
  return `${clusterId}/${client.options.namespace}`;
}

/** What is known of the workflow that wrote a staging Secret. */
export type OwnerState = 'running' | 'needs-attention' | 'ended';

/**
 * Asks this Temporal namespace. A workflow that the namespace does not know has ended. A workflow that ended needing
 * attention has a state of its own: it may not have been able to mark its staging Secret.
 */
export async function stateOf(
  { workflowId, runId }: Owner,
  client: Client = Context.current().client,
): Promise<OwnerState> {
  const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return 'running';
    if (status.name !== 'FAILED') return 'ended';
    await handle.result();
    return 'ended';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'ended';
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    return cause instanceof ApplicationFailure && cause.type === 'NeedsAttention' ? 'needs-attention' : 'ended';
  }
}
