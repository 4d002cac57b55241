import { ApiException } from '@kubernetes/client-node';
import type { Client } from '@temporalio/client';
import type { Component } from '../../../src/domain/component.ts';
import { stagingSecretName } from '../../../src/domain/marks.ts';
import { until } from '../../../sandbox/harness/until.ts';
import type { Temporal } from '../../../sandbox/harness/temporal.ts';
import type { World } from '../../../sandbox/harness/world.ts';

/** A rotation that goes back needs its restart budget, and some more. */
const WAY_BACK_MS = 5 * 60_000;
const RUNNING = 'ExecutionStatus = "Running"';

/**
 * Sends workflows that a failed test left running on their way back, and waits until they have ended: the next file
 * finds the components as this one did.
 * @param startWorker starts one that does their work, if any is left.
 * @returns their ids.
 */
export async function endRunningWorkflows(
  { client }: Pick<Temporal, 'client'>,
  startWorker: () => Promise<unknown>,
): Promise<readonly string[]> {
  const running = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query: RUNNING })) {
      // The list is a moment behind.
      const { status } = await client.workflow.getHandle(workflowId).describe();
      if (status.name === 'RUNNING') ids.push(workflowId);
    }
    return ids;
  };
  const left = await running();
  if (left.length === 0) return [];
  const told = await Promise.all(
    left.map(async (id) => `workflow ${id} was left running${await whereItStands(client, id)}`),
  );
  await startWorker();
  for (const id of left) {
    // One that ended meanwhile needs no more.
    await client.workflow
      .getHandle(id)
      .cancel()
      .catch(() => undefined);
  }
  await until('workflows that were left running to end', async () => (await running()).length === 0, WAY_BACK_MS).catch(
    async () => {
      for (const id of await running()) await client.workflow.getHandle(id).terminate('the test is over');
    },
  );
  return told;
}

/** What it waits for: a test's time is up, and this is the only word on why. */
async function whereItStands(client: Client, workflowId: string): Promise<string> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? [])
    .map(({ activityType, attempt, lastFailure }) => {
      const failed = lastFailure?.message ?? '';
      return `, in ${activityType?.name ?? ''}, attempt ${attempt ?? 0}${failed && ` (before: ${failed})`}`;
    })
    .join('');
}

/** Deletes the locks that failed tests left, which would stop every test after them. @returns which. */
export async function deleteLocks({ core }: World, components: readonly Component[]): Promise<readonly string[]> {
  const left = await Promise.all(
    components.map(async (component) => {
      const [namespace, name] = [component.namespace, stagingSecretName(component)];
      const deleted = await core.deleteNamespacedSecret({ namespace, name }).catch((error: unknown) => {
        if (error instanceof ApiException && error.code === 404) return undefined;
        throw error;
      });
      return deleted === undefined ? [] : [`Secret ${namespace}/${name} was left`];
    }),
  );
  return left.flat();
}
