import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { statusWorkflowId } from '../domain/rotation/workflow-ids.ts';
import type { ComponentStatus } from '../domain/status.ts';
import type { catalogueStatus } from '../workflows/index.ts';
import { lastRuns } from './history.ts';
import { lookByWorker } from './look-by-worker.ts';
import { nextStarts } from './schedules.ts';

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
  const states = await lookByWorker<typeof catalogueStatus>(client, taskQueue, {
    type: 'catalogueStatus',
    workflowId: statusWorkflowId(randomUUID()),
    args: [components.length > 0 ? { components: [...components] } : {}],
    // A worker reads a few Secrets: more time means that no worker is there.
    giveUpAfter: '20 seconds',
    summary: `Status of ${components.length === 0 ? 'the catalogue' : components.join(', ')}`,
    failed: 'The look failed',
  });
  const names = states.map(({ component }) => component);
  const [last, next] = await Promise.all([lastRuns(client, names), nextStarts(client)]);
  return states.map((state) => {
    const nextAt = next.of(state.component);
    const run = last.get(state.component);
    return { ...state, ...(run !== undefined && { last: run }), ...(nextAt !== undefined && { nextAt }) };
  });
}
