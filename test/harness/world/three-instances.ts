import {
  applicationManifest,
  databaseCluster,
  newPassword,
  roleSecret,
} from '../../../sandbox/common/component-manifests.ts';
import { HEALTHY } from '../../../sandbox/common/names.ts';
import { until } from '../../../sandbox/harness/until.ts';
import type { World } from '../../../sandbox/harness/world.ts';
import type { Component } from '../../../src/domain/component.ts';
import { exampleComponent } from '../examples.ts';
import { LITELLM } from '../harness.ts';
import { releaseVolumes } from './two-instance-component.ts';

const MINUTE = 60_000;
const INSTANCES = 3;
const namespace = 'ai-system';
const cluster = 'trio-postgresql';
const database = 'trio';

const login = (name: string, role: string, secret: string): Component =>
  exampleComponent({ name: `trio-${name}`, namespace, cluster, role, database, secret });

/** One Cluster of three instances, with a component for each way in which CNPG knows a login. */
export const TRIO = {
  owner: login('owner', database, `${cluster}-app`),
  superuser: login('superuser', 'postgres', `${cluster}-superuser`),
  managed: login('managed', 'trio_managed', 'trio-managed-role'),
  declared: login('declared', 'trio_declared', 'trio-declared-role'),
} as const;

const WITH_OWN_SECRET: readonly Component[] = [TRIO.managed, TRIO.declared];

/** Those that the running CNPG can have: a DatabaseRole is there since 1.30. */
export async function loginsOfTrio(world: World): Promise<readonly Component[]> {
  const [, minor = 0] = (await world.cnpgVersion()).split('.').map(Number);
  return Object.values(TRIO).filter((one) => one !== TRIO.declared || minor >= 30);
}

/** As a person writes the components into the catalogue. */
export const TRIO_ENTRIES = Object.values(TRIO).map((one) => ({
  name: one.name,
  namespace,
  cluster,
  role: one.role,
  database,
  secret: one.secret,
}));

export async function createTrio(world: World, logins: readonly Component[]): Promise<void> {
  const { imageName } = (await world.cluster(LITELLM)).spec as { imageName: string };
  for (const one of WITH_OWN_SECRET.filter((each) => logins.includes(each))) {
    const password = newPassword();
    const uri = `postgresql://${one.role}:${password}@${cluster}-rw:5432/${database}`;
    await world.apply({ ...roleSecret(one, password), stringData: { username: one.role, password, uri } });
  }
  const { spec, ...object } = databaseCluster({ ...TRIO.managed, role: database }, imageName);
  await world.apply({
    ...object,
    spec: {
      ...spec,
      instances: INSTANCES,
      enableSuperuserAccess: true,
      bootstrap: { initdb: { database, owner: database } },
      managed: {
        roles: [
          {
            name: TRIO.managed.role,
            ensure: 'present',
            login: true,
            inRoles: [database],
            passwordSecret: { name: TRIO.managed.secret },
          },
        ],
      },
    },
  });
  if (logins.includes(TRIO.declared))
    await world.apply({
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'DatabaseRole',
      metadata: { name: TRIO.declared.name, namespace },
      spec: {
        cluster: { name: cluster },
        name: TRIO.declared.role,
        login: true,
        inRoles: [database],
        passwordSecret: { name: TRIO.declared.secret },
      },
    });
  await until('the Secrets that CNPG generates', () => world.secret(TRIO.superuser).catch(() => undefined), MINUTE);
  for (const one of logins) await world.apply(applicationOf(one));
  await untilTrioIsWell(world, logins);
}

/** One pod for each login, which reads its parts. */
function applicationOf(of: Component): ReturnType<typeof applicationManifest> {
  const text = JSON.stringify(applicationManifest({ ...of, reads: 'parts' }), (key, value: unknown) =>
    key === 'replicas' ? 1 : value,
  );
  return JSON.parse(
    text
      .replace(`{"name":"DATABASE_NAME","value":"${of.role}"}`, `{"name":"DATABASE_NAME","value":"${database}"}`)
      .replace('{"name":"READY_AFTER","value":"5s"}', '{"name":"READY_AFTER","value":"1s"}'),
  ) as ReturnType<typeof applicationManifest>;
}

/** All instances are ready, one of them is the settled primary, and every application logs in. */
export async function untilTrioIsWell(world: World, logins: readonly Component[]): Promise<void> {
  let found = '';
  await until(
    'the three instances to be well',
    async () => {
      const { status } = await world.cluster(TRIO.owner);
      found = `${status?.phase ?? ''}, ${status?.readyInstances ?? 0} ready, primary ${status?.currentPrimary ?? 'none'}`;
      return (
        status?.phase === HEALTHY &&
        status.readyInstances === INSTANCES &&
        status.currentPrimary === status.targetPrimary
      );
    },
    4 * MINUTE,
    () => found,
  );
  await until(
    'the applications of the three instances to be ready',
    async () => {
      const pods = await Promise.all(logins.map((one) => world.applicationPods(one)));
      found = pods.map((of) => of.map(({ name, ready }) => `${name} ${ready}`).join(', ')).join('; ');
      return pods.every((of) => of.length === 1 && of.every(({ ready }) => ready));
    },
    2 * MINUTE,
    () => found,
  );
}

/** Takes a standby's pod and its data away. @returns what waits until CNPG has begun another in its place. */
export async function loseStandby(world: World): Promise<() => Promise<void>> {
  const { status } = await world.cluster(TRIO.owner);
  const standby = status?.instanceNames?.filter((name) => name !== status.currentPrimary).at(-1);
  if (standby === undefined) throw new Error(`Cluster ${cluster} has no standby`);
  const claim = { namespace, name: standby };
  const { metadata } = await world.core.readNamespacedPersistentVolumeClaim(claim);
  // Its pod still uses the claim, which goes when the pod has gone.
  await world.core.deleteNamespacedPersistentVolumeClaim(claim);
  await world.core.deleteNamespacedPod({ ...claim, gracePeriodSeconds: 0 });
  return () =>
    until(
      `the claim of ${standby} to be gone`,
      async () => {
        const now = await world.core.readNamespacedPersistentVolumeClaim(claim).catch(() => undefined);
        return now?.metadata?.uid !== metadata?.uid;
      },
      2 * MINUTE,
    ).then(() => undefined);
}

/** Removes all of it with its data, so that the volumes can be used again. */
export async function removeTrio(world: World): Promise<void> {
  const gone = () => undefined;
  for (const { name } of Object.values(TRIO))
    await world.apps.deleteNamespacedDeployment({ namespace, name }).catch(gone);
  await world.custom
    .deleteNamespacedCustomObject({
      group: 'postgresql.cnpg.io',
      version: 'v1',
      plural: 'databaseroles',
      namespace,
      name: TRIO.declared.name,
    })
    .catch(gone);
  await world.deleteCluster(namespace, cluster);
  for (const { secret: name } of WITH_OWN_SECRET)
    await world.core.deleteNamespacedSecret({ namespace, name }).catch(gone);
  await releaseVolumes(world, cluster);
}
