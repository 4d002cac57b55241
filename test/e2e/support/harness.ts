import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { awaitReport, startRotation, type RotationHandle } from '../../../src/client/rotate.ts';
import { findComponent, loadCatalogue, TASK_QUEUE } from '../../../src/config.ts';
import type { Component } from '../../../src/domain/component.ts';
import type { RotationReport } from '../../../src/domain/rotation.ts';
import { Program, WORKER, type Environment } from './programs.ts';
import { Temporal } from './temporal.ts';
import { World } from './world.ts';

export const LITELLM: Component = findComponent(loadCatalogue(), 'litellm');

/** The sandbox, a Temporal server and a worker with the least rights: what a file of end-to-end tests works on. */
export class Harness {
  #worker: Program | undefined;

  private constructor(
    readonly world: World,
    readonly temporal: Temporal,
    readonly environment: Environment,
  ) {}

  /**
   * @param options.catalogue a catalogue instead of the shipped one.
   * @param options.asAdministrator the sandbox's own kubeconfig for the worker, where a test's objects are not in
   *   deploy/rbac.yaml.
   */
  static async open({
    catalogue,
    asAdministrator = false,
  }: { catalogue?: string; asAdministrator?: boolean } = {}): Promise<Harness> {
    const world = await World.open();
    const temporal = await Temporal.start();
    const kubeconfig = asAdministrator
      ? world.sandbox.kubeconfig
      : await world.workerKubeconfig(path.join(temporal.folder, 'kubeconfig'));
    const components = path.join(temporal.folder, 'components.yaml');
    if (catalogue !== undefined) writeFileSync(components, catalogue);
    return new Harness(world, temporal, {
      ...temporal.environment,
      KUBECONFIG: kubeconfig,
      ...(catalogue !== undefined && { CNPG_ROTATOR_COMPONENTS: components }),
    });
  }

  /** Starts the worker as a program of its own, and waits until it polls. */
  async startWorker(): Promise<Program> {
    this.#worker = new Program('node', [WORKER], this.environment);
    await this.#worker.printed(/worker started/);
    return this.#worker;
  }

  startRotation(component: string = LITELLM.name): Promise<RotationHandle> {
    return startRotation(this.temporal.client, TASK_QUEUE, { component });
  }

  async rotate(component: string = LITELLM.name): Promise<RotationReport> {
    return awaitReport(await this.startRotation(component));
  }

  progress(handle: RotationHandle): Promise<RotationReport | undefined> {
    return this.temporal.client
      .withDeadline(Date.now() + 2_000, () => handle.query<RotationReport>('progress'))
      .catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#worker?.kill('SIGKILL');
    await this.temporal.stop();
  }
}
