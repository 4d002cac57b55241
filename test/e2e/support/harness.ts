import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Watch, type V1Secret } from '@kubernetes/client-node';
import { awaitReport, startRotation, type RotationHandle } from '../../../src/client/rotate.ts';
import { findComponent, loadCatalogue, TASK_QUEUE } from '../../../src/config.ts';
import type { Component } from '../../../src/domain/component.ts';
import type { RotatePasswordInput } from '../../../src/domain/input.ts';
import type { RotationReport } from '../../../src/domain/rotation.ts';
import type { ComponentName } from '../../../sandbox/real/index.ts';
import { findSecrets } from '../../support/secret-scan.ts';
import { Program, WORKER, type Environment } from './programs.ts';
import { Temporal } from './temporal.ts';
import { textOf, World } from './world.ts';

export const LITELLM: Component = findComponent(loadCatalogue(), 'litellm');

/** Warnings that every rotation in the sandbox gives: it takes no backups, and CNPG 1.28.0 is older than a fix. */
const OF_THE_SANDBOX = /has no backup of the last|CVE-2026-55765/;

/** The warnings of a report that are a test's concern. */
export function ownWarnings({ warnings }: RotationReport): readonly string[] {
  return warnings.filter((warning) => !OF_THE_SANDBOX.test(warning));
}

/** The sandbox, a Temporal server and a worker with the least rights: what a file of end-to-end tests works on. */
export class Harness {
  /** Every password that stood in any version of a live or a staging Secret since the tests began. */
  readonly passwords = new Set<string>();
  readonly #workers: Program[] = [];
  #watching: AbortController | undefined;

  private constructor(
    readonly world: World,
    readonly temporal: Temporal,
    readonly environment: Environment,
  ) {}

  /**
   * @param options.catalogue a catalogue instead of the shipped one.
   * @param options.asAdministrator the sandbox's own kubeconfig for the worker, where a test's objects are not in
   *   deploy/rbac.yaml.
   * @param options.components those that the file needs: the embedded sandbox has no others.
   */
  static async open({
    catalogue,
    asAdministrator = false,
    components,
  }: {
    catalogue?: string;
    asAdministrator?: boolean;
    components?: readonly ComponentName[];
  } = {}): Promise<Harness> {
    const world = await World.open(components);
    const temporal = await Temporal.start();
    const kubeconfig = asAdministrator
      ? world.sandbox.kubeconfig
      : await world.workerKubeconfig(path.join(temporal.folder, 'kubeconfig'));
    const catalogueFile = path.join(temporal.folder, 'components.yaml');
    if (catalogue !== undefined) writeFileSync(catalogueFile, catalogue);
    const harness = new Harness(world, temporal, {
      ...temporal.environment,
      KUBECONFIG: kubeconfig,
      ...(catalogue !== undefined && { CNPG_ROTATOR_COMPONENTS: catalogueFile }),
    });
    await harness.#notePasswords();
    return harness;
  }

  /** Starts the worker as a program of its own, and waits until it polls. */
  async startWorker(): Promise<Program> {
    const worker = new Program('node', [WORKER], this.environment);
    this.#workers.push(worker);
    await worker.printed(/worker started/);
    return worker;
  }

  startRotation(
    component: string = LITELLM.name,
    more: Omit<RotatePasswordInput, 'component'> = {},
  ): Promise<RotationHandle> {
    return startRotation(this.temporal.client, TASK_QUEUE, { component, ...more });
  }

  async rotate(component?: string, more?: Omit<RotatePasswordInput, 'component'>): Promise<RotationReport> {
    return awaitReport(await this.startRotation(component, more));
  }

  progress(handle: RotationHandle): Promise<RotationReport | undefined> {
    return this.temporal.client
      .withDeadline(Date.now() + 2_000, () => handle.query<RotationReport>('progress'))
      .catch(() => undefined);
  }

  /**
   * Ends everything.
   * @returns where a password of these tests, or the verifier of now, stands in a history or in a worker's output: nothing,
   *   or the test has found a leak.
   */
  async close(): Promise<string[]> {
    this.#watching?.abort();
    await Program.killAll();
    const needles = [
      ...[...this.passwords].map((text, index) => ({ name: `password ${index}`, text })),
      { name: 'the verifier', text: await this.world.verifier(LITELLM) },
    ];
    const outputs = this.#workers.map(({ output }, index) => ({ name: `the output of worker ${index}`, text: output }));
    const found = findSecrets([...(await this.temporal.histories()), ...outputs], needles);
    await this.temporal.stop();
    await this.world.sandbox.close();
    return found;
  }

  async #notePasswords(): Promise<void> {
    const note = (secret: V1Secret): void => {
      for (const [key, value] of Object.entries(textOf(secret)))
        if (key.endsWith('password')) this.passwords.add(value);
    };
    this.#watching = await new Watch(this.world.config).watch(
      `/api/v1/namespaces/${LITELLM.namespace}/secrets`,
      { resourceVersion: '0' },
      (_, secret: V1Secret) => note(secret),
      () => undefined,
    );
  }
}
