import path from 'node:path';
import { findComponent, loadCatalogue } from '../src/catalogue/catalogue.ts';
import { workerKubeconfig } from '../sandbox/common/worker-account.ts';
import type { Component } from '../src/domain/component.ts';
import { Program, WORKER } from '../sandbox/harness/programs.ts';
import { Temporal } from '../sandbox/harness/temporal.ts';
import { World } from '../sandbox/harness/world.ts';

/** Adoption is a part of one measurement. */
const RIGHTS = ['deploy/rbac.yaml', 'deploy/rbac-adoption.yaml'];

/** What a measurement works on: the sandbox, a Temporal server and a worker with its shipped rights. */
export interface Bench {
  readonly component: Component;
  readonly world: World;
  readonly temporal: Temporal;
}

/** Runs a measurement of one component of the shipped catalogue, and ends what it has started. */
export async function withBench<T>(name: string, measure: (bench: Bench) => Promise<T>): Promise<T> {
  const component = findComponent(loadCatalogue(), name);
  const world = await World.open();
  const temporal = await Temporal.start();
  const worker = new Program('node', [WORKER], {
    ...temporal.environment,
    KUBECONFIG: await workerKubeconfig(world.config, path.join(temporal.folder, 'kubeconfig'), RIGHTS),
  });
  try {
    await worker.printed(/worker started/);
    return await measure({ component, world, temporal });
  } finally {
    await worker.kill('SIGTERM');
    await temporal.stop();
  }
}
