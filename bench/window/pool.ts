import type { V1Deployment } from '@kubernetes/client-node';
import type { Component } from '../../src/domain/component.ts';
import { until } from '../../sandbox/harness/until.ts';
import type { World } from '../../sandbox/harness/world.ts';

/** How long a connection of the pool lives. */
export const POOL_LIFETIME = '5s';

export function poolName({ name }: Component): string {
  return `${name}-pool`;
}

/** Beside the application that connects for each request, one of the same component that has a pool of connections. */
export async function addPool(world: World, component: Component): Promise<void> {
  const { namespace, name } = component;
  const pool = poolName(component);
  const { metadata, spec } = plain(await world.apps.readNamespacedDeployment({ namespace, name }));
  const [container] = spec?.template.spec?.containers ?? [];
  if (spec === undefined || container === undefined)
    throw new Error(`Deployment ${namespace}/${name} has no container`);
  const body = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name: pool, labels: { app: pool }, annotations: reloaderOnly(metadata?.annotations) },
    spec: {
      ...spec,
      selector: { matchLabels: { app: pool } },
      template: {
        metadata: { labels: { app: pool } },
        spec: {
          ...spec.template.spec,
          containers: [
            {
              ...container,
              // What Reloader adds is its own affair.
              env: [
                ...(container.env ?? []).filter(({ name: variable }) => !variable.startsWith('STAKATER_')),
                { name: 'POOL_LIFETIME', value: POOL_LIFETIME },
              ],
            },
          ],
        },
      },
    },
  };
  await removePool(world, component);
  await world.apply(body);
  await until(
    `Deployment ${namespace}/${pool}`,
    async () => {
      const { spec: wanted, status } = await world.apps.readNamespacedDeployment({ namespace, name: pool });
      return (status?.availableReplicas ?? 0) === wanted?.replicas;
    },
    120_000,
  );
}

export async function removePool(world: World, component: Component): Promise<void> {
  const { namespace } = component;
  const name = poolName(component);
  await world.apps.deleteNamespacedDeployment({ namespace, name }).catch(() => undefined);
  await until(
    `the end of Deployment ${namespace}/${name}`,
    async () => (await world.core.listNamespacedPod({ namespace, labelSelector: `app=${name}` })).items.length === 0,
    60_000,
  );
}

type Plain<T> = T extends object ? { [Key in keyof T]: Plain<T[Key]> } : T;

/** Without the client's classes, as it is in a manifest. */
function plain(deployment: V1Deployment): Plain<V1Deployment> {
  return JSON.parse(JSON.stringify(deployment)) as Plain<V1Deployment>;
}

function reloaderOnly(annotations: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => key.includes('reloader.stakater.com')));
}
