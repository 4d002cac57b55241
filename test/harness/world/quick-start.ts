import { setTimeout as sleep } from 'node:timers/promises';
import { ApiException } from '@kubernetes/client-node';
import { applicationManifest } from '../../../sandbox/common/component-manifests.ts';
import { HEALTHY } from '../../../sandbox/common/names.ts';
import { sample } from '../../../sandbox/harness/sandbox-under-test.ts';
import { until } from '../../../sandbox/harness/until.ts';
import type { World } from '../../../sandbox/harness/world.ts';
import { defaultAlternating } from '../../../src/domain/alternating-names.ts';
import type { Component } from '../../../src/domain/component.ts';
import { LITELLM } from '../harness.ts';

const MINUTE = 60_000;

/** A component whose password CNPG sets by its second path: the owner by bootstrap, or the superuser. */
export function directLogin(name: string, cluster: string, of: 'app' | 'superuser'): Component {
  const role = of === 'app' ? 'app' : 'postgres';
  return {
    ...{ name, namespace: LITELLM.namespace, cluster, role, database: role, secret: `${cluster}-${of}` },
    ...{ otherSecrets: [], notSecrets: [], secretOwners: {}, discover: true, strategy: 'in-place' },
    alternating: defaultAlternating({ name, role }),
  };
}

/** The catalogue's lines of such components. */
export function catalogueOf(components: readonly Component[]): string {
  const entries = components.map(
    ({ name, namespace, cluster, role, secret }) =>
      `  - { name: ${name}, namespace: ${namespace}, cluster: ${cluster}, role: ${role}, secret: ${secret} }\n`,
  );
  return `components:\n${entries.join('')}`;
}

/**
 * CNPG's own quick start (`cluster-example.yaml`): a name, a number of instances, a volume. The image alone is added,
 * because the sandbox has no registry. Waits until the instances and an application are well.
 */
export async function createQuickStart(
  world: World,
  component: Component,
  { instances = 1, superuser = false }: { readonly instances?: number; readonly superuser?: boolean } = {},
): Promise<void> {
  const { namespace, cluster, name } = component;
  const { imageName } = (await world.cluster(LITELLM)).spec as { imageName: string };
  const access = superuser && { enableSuperuserAccess: true };
  await world.apply({
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: cluster, namespace },
    spec: { instances, imageName, storage: { size: '1Gi' }, ...access },
  });
  const isWell = async (): Promise<boolean> => {
    const { status } = await world.cluster(component);
    return status?.phase === HEALTHY && status.readyInstances === sample([instances], [1])[0];
  };
  await until(`the instances of ${cluster} to be well`, isWell, 5 * MINUTE);
  await world.apply(applicationManifest({ ...component, reads: superuser ? 'parts' : 'DATABASE_URL' }));
  const isReady = async (): Promise<boolean> => {
    const pods = await world.applicationPods(component);
    return pods.length === 2 && pods.every(({ ready }) => ready);
  };
  await until(`the application ${name} to be ready`, isReady, MINUTE);
}

/** Removes all of it; CNPG's own Secrets go with the Cluster. */
export async function removeQuickStart(world: World, component: Component): Promise<void> {
  const { namespace, cluster, name, alternating } = component;
  await world.apps.deleteNamespacedDeployment({ namespace, name }).catch(orAbsent);
  await world.deleteCluster(namespace, cluster).catch(orAbsent);
  for (const secret of [`${name}-owner-role`, ...alternating.logins.map((login) => login.secret)])
    await world.core.deleteNamespacedSecret({ namespace, name: secret }).catch(orAbsent);
}

/** Waits until CNPG has set a role's password again, whatever the password. @param act what makes CNPG do so. */
export async function untilSetAgain(
  world: World,
  components: readonly Component[],
  act: () => Promise<void>,
): Promise<void> {
  const before = await Promise.all(components.map((one) => world.verifier(one)));
  await act();
  for (const [index, component] of components.entries())
    await until(
      `CNPG to set the password of ${component.role} again`,
      async () => (await world.verifier(component)) !== before[index],
      3 * MINUTE,
    );
  // Whatever CNPG would do wrong next.
  await sleep(1_000);
}

function orAbsent(error: unknown): void {
  if (!(error instanceof ApiException && error.code === 404)) throw error;
}
