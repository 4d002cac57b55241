import { KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import type { Component } from '../../../src/domain/component.ts';
import { processesOf, type NodeProcess } from '../proofs/node-processes.ts';
import { until } from '../../../sandbox/harness/until.ts';
import { RELOADER } from '../../../sandbox/common/names.ts';
import type { World } from '../../../sandbox/harness/world.ts';

/** Sets another password by hand, in both keys that hold it, as whoever `manager` is. */
export async function editByHand(
  { config }: World,
  { namespace, secret, ...of }: Component,
  password: string,
  manager: string,
): Promise<void> {
  const uri = `postgresql://${of.role}:${password}@${of.cluster}-rw:5432/${of.database}`;
  await KubernetesObjectApi.makeApiClient(config).patch(
    { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret }, stringData: { password, uri } },
    undefined,
    undefined,
    manager,
    undefined,
    PatchStrategy.MergePatch,
  );
}

/** Deletes a pod at once, as if its node had lost it. */
export async function deletePod({ core }: World, namespace: string, name: string): Promise<void> {
  await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
}

/** Makes another instance of a Cluster the primary, as `kubectl cnpg promote` does. */
export async function switchOver(world: World, component: Component): Promise<void> {
  const { status } = await world.cluster(component);
  const other = status?.instanceNames?.find((name) => name !== status.currentPrimary);
  if (other === undefined) throw new Error(`Cluster ${component.cluster} has no second instance`);
  // Only what changes: CNPG writes the rest at the same time.
  await world.patchClusterStatus(component, {
    targetPrimary: other,
    targetPrimaryTimestamp: new Date().toISOString(),
    phase: 'Switchover in progress',
    phaseReason: `Switching over to ${other}`,
  });
}

/** PostgreSQL's first process in a pod, on this machine. */
export async function findPostmaster({ core }: World, namespace: string, pod: string): Promise<number> {
  const { metadata } = await core.readNamespacedPod({ namespace, name: pod });
  const named = processesOf(metadata?.uid ?? '').filter(({ command }) => /(^|\/)postgres -D /.test(command));
  // A child of it that has just begun is named the same, until it says what it is.
  const found = named.find(({ parent }) => named.every(({ pid }) => pid !== parent));
  if (found === undefined) throw new Error(`no PostgreSQL runs in pod ${pod}`);
  return found.pid;
}

/** The processes of Reloader on this machine. */
export async function reloaderProcesses(world: World): Promise<NodeProcess[]> {
  const labelSelector = await world.podSelector(RELOADER.namespace, RELOADER.name);
  const { items } = await world.core.listNamespacedPod({ namespace: RELOADER.namespace, labelSelector });
  return items.flatMap(({ metadata }) => processesOf(metadata?.uid ?? ''));
}

/** How much is logged at once. Of ten times as much in one statement, CNPG's instance manager passed on a quarter. */
const LOG_LINES = 200;
const LOG_LINE_BYTES = 8_000;

/** Has PostgreSQL log on and on until the kubelet begins a new file, which the sandbox's does after 20 MB. */
export async function fillLog(world: World, component: Component): Promise<void> {
  const began = Date.now();
  const pod = { namespace: component.namespace, name: await world.primary(component), container: 'postgres' };
  await until(
    `a new file of the log of pod ${pod.name}`,
    async () => {
      const raise = `RAISE LOG '%', repeat('x', ${LOG_LINE_BYTES});`;
      // One that takes too long is no matter: there will be another.
      await world
        .sql(component, `DO $$ BEGIN FOR i IN 1..${LOG_LINES} LOOP ${raise} END LOOP; END $$`)
        .catch(() => undefined);
      const beginning = await world.core.readNamespacedPodLog({ ...pod, limitBytes: 64, timestamps: true });
      return Date.parse(beginning.split(' ')[0] ?? '') > began;
    },
    90_000,
  );
}
