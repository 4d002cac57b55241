import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { AdoptAlternatingInput, AdoptionReport } from '../domain/adopt/index.ts';
import { RotationError } from '../domain/failures.ts';
import { adoptionWorkflowId } from '../domain/rotation/workflow-ids.ts';
import type { adoptAlternating } from '../workflows/index.ts';
import { awaitEnd } from './await-end.ts';
import { followWorkflow, type Follower } from './follow.ts';

export type AdoptionHandle = WorkflowHandle<typeof adoptAlternating>;

/** Starts an adoption, or its undoing. @throws RotationError `AnotherRotation` when one of this component is running. */
export async function startAdoption(
  client: Client,
  taskQueue: string,
  input: AdoptAlternatingInput,
): Promise<AdoptionHandle> {
  const { component, undo = false } = input;
  const workflowId = adoptionWorkflowId(component);
  try {
    return await client.workflow.start<typeof adoptAlternating>('adoptAlternating', {
      taskQueue,
      workflowId,
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: undo
        ? `Take ${component} back from alternating roles`
        : `Give ${component} alternating roles in PostgreSQL`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new RotationError(
      'AnotherRotation',
      `An adoption of ${component} is running already (workflow ${workflowId}). Wait for it: "temporal workflow result -w ${workflowId}".`,
    );
  }
}

/** Waits for the end of an adoption, however it ends. @throws what was not its own end. */
export function awaitAdoption(handle: AdoptionHandle): Promise<AdoptionReport> {
  return awaitEnd(handle, isReport);
}

export function followAdoption(
  client: Client,
  handle: AdoptionHandle,
  follower: Follower<AdoptionReport>,
): Promise<AdoptionReport> {
  return followWorkflow(client, handle, awaitAdoption(handle), follower);
}

function isReport(value: unknown): value is AdoptionReport {
  return typeof value === 'object' && value !== null && 'direction' in value && 'steps' in value;
}
