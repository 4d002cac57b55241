import type { Component } from '../../src/domain/component.ts';
import type { World } from '../../sandbox/harness/world.ts';
import { poolName } from './pool.ts';

/** As many as the sandbox gives each application. */
const REPLICAS = 2;

/**
 * Lets the applications of one component run, and those of the others rest: what they do would take the time of what is
 * measured.
 */
export async function letOnlyRun(world: World, component: Component, all: readonly Component[]): Promise<void> {
  await Promise.all(
    all.flatMap((one) =>
      [one.name, poolName(one)].map((name) =>
        world.scale({ namespace: one.namespace, name }, one === component ? REPLICAS : 0),
      ),
    ),
  );
}
