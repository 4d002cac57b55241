import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { CatalogueDiagnosis } from '../domain/rotation/diagnosis.ts';
import { checkWorkflowId } from '../domain/rotation/workflow-ids.ts';
import type { checkCatalogue } from '../workflows/index.ts';
import { lookByWorker } from './look-by-worker.ts';

/** Looks at the components. Without any name, looks at the worker's whole catalogue. */
export function checkComponents(
  client: Client,
  taskQueue: string,
  components: readonly string[],
  strict?: boolean,
): Promise<CatalogueDiagnosis> {
  return lookByWorker<typeof checkCatalogue>(client, taskQueue, {
    type: 'checkCatalogue',
    workflowId: checkWorkflowId(randomUUID()),
    args: [{ ...(components.length > 0 && { components: [...components] }), ...(strict !== undefined && { strict }) }],
    giveUpAfter: '2 minutes',
    summary: `Check ${components.length === 0 ? 'the catalogue' : components.join(', ')}`,
    failed: 'The check failed',
  });
}
