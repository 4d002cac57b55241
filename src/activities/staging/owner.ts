import { Context } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Owner } from '../types.ts';

/** Names the Temporal cluster and namespace of this activity's workflow, so that another one's workflows are not taken for dead. */
export async function temporalIdentity(): Promise<string> {
  const { client, info } = Context.current();
  const { clusterId } = await client.workflowService.getClusterInfo({});
  return `${clusterId}/${info.namespace}`;
}

/** What is known of the workflow that wrote a staging Secret. */
export type OwnerState = 'running' | 'needs-attention' | 'ended';

/**
 * Asks this Temporal namespace; a workflow that it does not know has ended. One that ended needing attention is told
 * apart: it may not have been able to mark its staging Secret.
 */
export async function stateOf({ workflowId, runId }: Owner): Promise<OwnerState> {
  const handle = Context.current().client.workflow.getHandle(workflowId, runId, { followRuns: false });
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
