import type { Client, WorkflowHandle } from '@temporalio/client';
import { isAdoptionReport, type AdoptAlternatingInput, type AdoptionReport } from '../domain/adopt/index.ts';
import { adoptionStart } from '../domain/rotation/start-texts.ts';
import { adoptionWorkflowId } from '../domain/rotation/workflow-ids.ts';
import type { adoptAlternating } from '../workflows/index.ts';
import { awaitEnd } from './await-end.ts';
import { followWorkflow, type Follower } from './follow.ts';
import { startAlone } from './start-alone.ts';

export type AdoptionHandle = WorkflowHandle<typeof adoptAlternating>;

/** Starts an adoption, or its undoing. @throws RotationError `AnotherRotation` when one of this component is running. */
export function startAdoption(
  client: Client,
  taskQueue: string,
  input: AdoptAlternatingInput,
): Promise<AdoptionHandle> {
  const { component, undo = false } = input;
  const workflowId = adoptionWorkflowId(component);
  return startAlone<typeof adoptAlternating>(
    client,
    'adoptAlternating',
    {
      taskQueue,
      workflowId,
      args: [input],
      ...adoptionStart({ ...input, workflowId, undo }),
    },
    `An adoption of ${component} is running already (workflow ${workflowId}). Follow it with "cnpg-rotate follow ${component} --adoption".`,
  );
}

/** Waits until an adoption ends, with any outcome. @throws any end that is not the adoption's own. */
export function awaitAdoption(handle: AdoptionHandle): Promise<AdoptionReport> {
  return awaitEnd(handle, isAdoptionReport);
}

/** Shows an adoption while it runs. @returns its report at the end. */
export function followAdoption(
  client: Client,
  handle: AdoptionHandle,
  follower: Follower<AdoptionReport>,
): Promise<AdoptionReport> {
  return followWorkflow(client, { handle, end: () => awaitAdoption(handle) }, follower);
}
