import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { RotationError, messageOf } from '../domain/failures.ts';
import type { AbortInput, ApproveInput } from '../domain/rotation/interventions.ts';
import { rotationArguments } from '../domain/rotation/workflow-ids.ts';

/** The time limit of an update that no worker takes, in milliseconds. */
const ANSWER_WITHIN_MS = 10_000;

/** The workflow's id of a rotation, and the rotation's component for messages. */
export interface RotationRef {
  readonly component: string;
  readonly workflowId: string;
}

/** Lets a waiting rotation go on. @returns what happens now. @throws RotationError `NoRotation`, `NotWaiting`. */
export function approveRotation(client: Client, rotation: RotationRef, input: ApproveInput): Promise<string> {
  return update(client, rotation, 'approve', input);
}

/** Ends a rotation and undoes what it did. @returns what happens now. @throws RotationError `NoRotation`, `NotWaiting`. */
export function abortRotation(client: Client, rotation: RotationRef, input: AbortInput): Promise<string> {
  return update(client, rotation, 'abort', input);
}

async function update(
  client: Client,
  { component, workflowId }: RotationRef,
  name: 'approve' | 'abort',
  input: object,
): Promise<string> {
  const handle = client.workflow.getHandle(workflowId);
  const timedOut = new AbortController();
  const timer = setTimeout(() => timedOut.abort(), ANSWER_WITHIN_MS);
  try {
    return await client.withAbortSignal(timedOut.signal, () =>
      handle.executeUpdate<string, [object]>(name, { args: [input] }),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      throw new RotationError(
        'NoRotation',
        `No rotation of ${component} runs (workflow ${workflowId}). One that was started under another id is found by --workflow-id.`,
      );
    }
    if (timedOut.signal.aborted) {
      throw new RotationError(
        'WorkerAbsent',
        `No worker answered within ${ANSWER_WITHIN_MS / 1_000} s, so whether the rotation of ${component} has got the update is not known. Start one with "cnpg-rotate up", then look with "cnpg-rotate follow ${rotationArguments(component, workflowId)}".`,
      );
    }
    throw RotationError.from(error, () => `The update ${name} of workflow ${workflowId} failed: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}
