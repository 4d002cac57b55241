import type { Component } from '../../src/domain/component.ts';
import { until } from '../../test/e2e/support/programs.ts';
import type { World } from '../../test/e2e/support/world.ts';
import { poolName } from './pool.ts';

/** The pods of both applications at one moment. */
export class OldPods {
  private constructor(
    private readonly world: World,
    private readonly component: Component,
    private readonly uids: ReadonlySet<string>,
  ) {}

  static async note(world: World, component: Component): Promise<OldPods> {
    return new OldPods(world, component, new Set(await uids(world, component)));
  }

  /** Waits until the last of them is gone. @returns when that was, in milliseconds since the epoch. */
  async gone(): Promise<number> {
    const left = async (): Promise<readonly string[]> =>
      (await uids(this.world, this.component)).filter((uid) => this.uids.has(uid));
    await until('the last old pod to be gone', async () => (await left()).length === 0, 60_000);
    return Date.now();
  }
}

async function uids(world: World, component: Component): Promise<readonly string[]> {
  const { namespace, name } = component;
  const selectors = await Promise.all([name, poolName(component)].map((app) => world.podSelector(namespace, app)));
  const lists = await Promise.all(
    selectors.map((labelSelector) => world.core.listNamespacedPod({ namespace, labelSelector })),
  );
  return lists.flatMap(({ items }) => items.map(({ metadata }) => metadata?.uid ?? ''));
}
