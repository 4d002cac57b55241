import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { applicationManifest, databaseManifests } from '../../../sandbox/common/component-manifests.ts';
import { defaultAlternating } from '../../../src/domain/alternating-names.ts';
import type { Component } from '../../../src/domain/component.ts';
import { LITELLM } from '../harness.ts';
import { until } from '../../../sandbox/harness/until.ts';
import type { World } from '../../../sandbox/harness/world.ts';

/** A component of a test's own: like those of the sandbox, but its Cluster has two instances. */
export const TWO_INSTANCES: Component = {
  name: 'duo',
  namespace: 'ai-system',
  cluster: 'duo-postgresql',
  role: 'duo',
  database: 'duo',
  secret: 'duo-db-secret',
  otherSecrets: [],
  notSecrets: [],
  secretOwners: {},
  discover: true,
  strategy: 'in-place',
  alternating: defaultAlternating({ name: 'duo', role: 'duo' }),
};

/** Makes it, and waits until both instances and the application are well. */
export async function createTwoInstances(world: World): Promise<void> {
  const of = { ...TWO_INSTANCES, reads: 'DATABASE_URL' } as const;
  const { imageName } = (await world.cluster(LITELLM)).spec as { imageName: string };
  for (const object of databaseManifests(of, imageName, 'the-first-password-of-duo')) {
    const two = object.kind === 'Cluster' && { spec: { ...(object['spec'] as object), instances: 2 } };
    await world.apply({ ...object, ...two });
  }
  await world.apply(applicationManifest(of));
  await untilTwoInstancesAreWell(world);
}

export async function untilTwoInstancesAreWell(world: World): Promise<void> {
  await until(
    'both instances of duo to be well',
    async () => {
      const { status } = await world.cluster(TWO_INSTANCES);
      return status?.phase === 'Cluster in healthy state' && status.readyInstances === 2;
    },
    3 * 60_000,
  );
  await until(
    'the application of duo to be ready',
    async () => {
      const pods = await world.applicationPods(TWO_INSTANCES);
      return pods.length === 2 && pods.every(({ ready }) => ready);
    },
    60_000,
  );
}

/** Removes it with its data, so that its volumes can be used again. */
export async function removeTwoInstances(world: World): Promise<void> {
  const { namespace } = TWO_INSTANCES;
  await world.apps.deleteNamespacedDeployment({ namespace, name: TWO_INSTANCES.name });
  await world.deleteCluster(namespace, TWO_INSTANCES.cluster);
  // Those of an adoption too.
  const roleSecrets = ['duo-owner-role', ...TWO_INSTANCES.alternating.logins.map(({ secret }) => secret)];
  for (const name of [TWO_INSTANCES.secret, ...roleSecrets])
    await world.core.deleteNamespacedSecret({ namespace, name }).catch(() => undefined);
  await releaseVolumes(world, TWO_INSTANCES.cluster);
}

/** Lets the volumes of a removed Cluster be claimed again, without what they held. */
export async function releaseVolumes(world: World, cluster: string): Promise<void> {
  await until(
    `the volumes of ${cluster} to be released`,
    async () => {
      const { items } = await world.core.listPersistentVolume();
      const theirs = items.filter(({ spec }) => spec?.claimRef?.name?.startsWith(cluster) === true);
      for (const { metadata, spec, status } of theirs) {
        if (status?.phase !== 'Released') continue;
        const folder = spec?.hostPath?.path ?? '';
        for (const entry of readdirSync(folder)) rmSync(path.join(folder, entry), { recursive: true });
        await freeVolume(world, metadata?.name ?? '');
      }
      return theirs.length === 0;
    },
    60_000,
  );
}

/** Lets a released volume be claimed again. */
function freeVolume(world: World, name: string): Promise<void> {
  return world.patch({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: { claimRef: null } });
}
