import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import type { CatalogueDiagnosis } from '../domain/rotation/diagnosis.ts';
import { RotationError } from '../domain/failures.ts';
import type { checkCatalogue } from '../workflows/index.ts';
import { requireWorker } from './worker-there.ts';
import { checkWorkflowId } from '../domain/rotation/workflow-ids.ts';

/** A look that takes longer is given up: no worker has taken it. */
const GIVE_UP_AFTER = '2 minutes';

/** Looks at the components. Without any name, looks at the worker's whole catalogue. */
export async function checkComponents(
  client: Client,
  taskQueue: string,
  components: readonly string[],
  strict?: boolean,
): Promise<CatalogueDiagnosis> {
  await requireWorker(client, taskQueue);
  try {
    return await client.workflow.execute<typeof checkCatalogue>('checkCatalogue', {
      taskQueue,
      workflowId: checkWorkflowId(randomUUID()),
      args: [
        { ...(components.length > 0 && { components: [...components] }), ...(strict !== undefined && { strict }) },
      ],
      workflowExecutionTimeout: GIVE_UP_AFTER,
      staticSummary: `Check ${components.length === 0 ? 'the catalogue' : components.join(', ')}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (error.cause instanceof TimeoutFailure) {
      throw new RotationError(
        'WorkerAbsent',
        `Nobody answered within ${GIVE_UP_AFTER} on Task Queue "${taskQueue}": is a worker running there? Start one with "cnpg-rotate up", or add --local.`,
      );
    }
    throw RotationError.from(error, () => `The check failed: ${error.cause?.message ?? error.message}`);
  }
}
