import type { Component } from '../../src/domain/component.ts';
import { until } from '../../sandbox/harness/until.ts';
import type { World } from '../../sandbox/harness/world.ts';
import { poolName } from './pool.ts';

/**
 * Notes the pods of both applications.
 * @returns what waits until the last of them is gone, and tells when that was, in milliseconds since the epoch.
 */
export async function noteOldPods(world: World, component: Component): Promise<() => Promise<number>> {
  const { namespace, name } = component;
  const selectors = await Promise.all([name, poolName(component)].map((app) => world.podSelector(namespace, app)));
  const uids = async (): Promise<readonly string[]> => {
    const lists = await Promise.all(
      selectors.map((labelSelector) => world.core.listNamespacedPod({ namespace, labelSelector })),
    );
    return lists.flatMap(({ items }) => items.map(({ metadata }) => metadata?.uid ?? ''));
  };
  const old = new Set(await uids());
  return async () => {
    await until('the last old pod to be gone', async () => !(await uids()).some((uid) => old.has(uid)), 60_000);
    return Date.now();
  };
}
