import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import { RotationError } from '../domain/failures.ts';
import { statusWorkflowId } from '../domain/rotation/workflow-ids.ts';
import type { ComponentStatus } from '../domain/status.ts';
import type { catalogueStatus } from '../workflows/index.ts';
import { lastRuns } from './history.ts';
import { requireWorker } from './worker-there.ts';
import { nextStarts } from './schedules.ts';

/** A worker reads a few Secrets: more time means that no worker is there. */
const GIVE_UP_AFTER = '20 seconds';

/**
 * How each component stands, by Kubernetes (through a worker) and by Temporal.
 * @param components none: the worker's whole catalogue.
 * @throws RotationError `WorkerAbsent` where no worker answers.
 */
export async function readStatus(
  client: Client,
  taskQueue: string,
  components: readonly string[],
): Promise<readonly ComponentStatus[]> {
  await requireWorker(client, taskQueue);
  const states = await readStates(client, taskQueue, components);
  const names = states.map(({ component }) => component);
  const [last, next] = await Promise.all([lastRuns(client, names), nextStarts(client)]);
  return states.map((state) => {
    const nextAt = next.of(state.component);
    const run = last.get(state.component);
    return { ...state, ...(run !== undefined && { last: run }), ...(nextAt !== undefined && { nextAt }) };
  });
}

async function readStates(client: Client, taskQueue: string, components: readonly string[]) {
  try {
    return await client.workflow.execute<typeof catalogueStatus>('catalogueStatus', {
      taskQueue,
      workflowId: statusWorkflowId(randomUUID()),
      args: [components.length > 0 ? { components: [...components] } : {}],
      workflowExecutionTimeout: GIVE_UP_AFTER,
      staticSummary: `Status of ${components.length === 0 ? 'the catalogue' : components.join(', ')}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (error.cause instanceof TimeoutFailure) {
      throw new RotationError(
        'WorkerAbsent',
        `Nobody answered within ${GIVE_UP_AFTER} on Task Queue "${taskQueue}": is a worker running there? Start one with "cnpg-rotate up", or add --local.`,
      );
    }
    throw RotationError.from(error, () => `The look failed: ${error.cause?.message ?? error.message}`);
  }
}
