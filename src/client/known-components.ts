import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { requireKnown } from '../domain/batch/batch.ts';
import { statusWorkflowId } from '../domain/rotation/workflow-ids.ts';
import type { catalogueNames } from '../workflows/index.ts';
import { lookByWorker } from './look-by-worker.ts';

/**
 * Refuses a misspelled name before a workflow of that name exists. Where no worker says its names in time, the workflow
 * itself refuses the name later.
 * @throws RotationError `ComponentUnknown`.
 */
export async function refuseUnknown(client: Client, taskQueue: string, components: readonly string[]): Promise<void> {
  if (components.length === 0) return;
  const known = await lookByWorker<typeof catalogueNames>(client, taskQueue, {
    type: 'catalogueNames',
    workflowId: statusWorkflowId(randomUUID()),
    args: [],
    giveUpAfter: '5 seconds',
    summary: `Does the catalogue have ${components.join(', ')}?`.slice(0, 200),
    failed: 'The look failed',
  }).catch(() => undefined);
  if (known !== undefined) requireKnown(components, known);
}
