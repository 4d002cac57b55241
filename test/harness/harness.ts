import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { KubeConfig, Watch, type V1Secret } from '@kubernetes/client-node';
import { awaitReport, startRotation, type RotationHandle } from '../../src/client/rotate.ts';
import type { Component } from '../../src/domain/component.ts';
import type { RotatePasswordInput } from '../../src/domain/rotation/input.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import type { ComponentName } from '../../sandbox/common/options.ts';
import { requireBuilt } from '../../sandbox/common/built.ts';
import { workerKubeconfig } from '../../sandbox/common/worker-account.ts';
import { findSecrets, type Needle } from '../../sandbox/harness/secret-scan.ts';
import { FaultProxy } from './faults/fault-proxy.ts';
import { deleteLocks, endRunningWorkflows } from './proofs/leftovers.ts';
import { textOf } from '../../sandbox/harness/objects.ts';
import { Program, WORKER, type Environment } from '../../sandbox/harness/programs.ts';
import type { VERSIONS_UNDER_TEST } from '../../sandbox/harness/sandbox-under-test.ts';
import { Temporal } from '../../sandbox/harness/temporal.ts';
import { Traces } from './proofs/traces.ts';
import { World } from '../../sandbox/harness/world.ts';
import { loadCatalogue, findComponent } from '../../src/catalogue/catalogue.ts';
import type { PayloadKey } from '../../src/temporal/payloads/payload-keys.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';

const CATALOGUE = loadCatalogue();
export const shipped = (name: string): Component => findComponent(CATALOGUE, name);
export const LITELLM = shipped('litellm');
export const LANGFUSE = shipped('langfuse');
export const OBOT = shipped('obot');
export const DRAGONFLY = shipped('dragonfly');

/** Nothing shorter is looked for: it might stand anywhere by chance. */
const SHORTEST_SECRET = 12;

/** Warnings that every rotation in the sandbox gives: it takes no backups, and an older CNPG lacks a fix. */
const OF_THE_SANDBOX = /has no backup of the last|CVE-2026-55765/;

/** The warnings of a report that are a test's concern. */
export function ownWarnings({ warnings }: RotationReport): readonly string[] {
  return warnings.filter((warning) => !OF_THE_SANDBOX.test(warning));
}

export interface HarnessOptions {
  /** A catalogue instead of the shipped one; a function is called when the harness opens. */
  readonly catalogue?: string | (() => string);
  /** The sandbox's own kubeconfig for the worker, where a test's objects are not in deploy/rbac.yaml. */
  readonly asAdministrator?: boolean;
  /** The rights of deploy/rbac-adoption.yaml too. */
  readonly mayAdopt?: boolean;
  /** The rights of deploy/rbac-consumers.yaml too. */
  readonly mayReachConsumers?: boolean;
  /** The worker reaches the API server through `proxy`. */
  readonly throughProxy?: boolean;
  /** The keys of the file that a test gives to its worker. */
  readonly payloadKeys?: readonly PayloadKey[];
  /** A worker runs from the beginning. */
  readonly worker?: boolean;
  /** Those that the file needs: the embedded sandbox has no others. Default: all four. */
  readonly components?: readonly ComponentName[];
  /** Argo Rollouts is there. */
  readonly rollouts?: boolean;
  /** The version of CNPG that the embedded sandbox behaves as. */
  readonly cnpg?: (typeof VERSIONS_UNDER_TEST)[number];
}

/** The harness of a file's tests: it is opened before the first one and closed after the last, where a leak fails it. */
export function useHarness(options: HarnessOptions = {}): Harness {
  const harness = new Harness();
  // Long, since the sandbox itself may have to be started.
  beforeAll(() => harness.start(options), 20 * 60_000);
  // What a test that failed still waits for is not done in the next one.
  afterEach(() => harness.clearProxy());
  afterAll(async () => {
    expect(await harness.close()).toEqual([]);
  }, 10 * 60_000);
  return harness;
}

interface Parts {
  readonly world: World;
  readonly temporal: Temporal;
  readonly traces: Traces;
  readonly environment: Environment;
  readonly proxy: FaultProxy | undefined;
}

/** The sandbox, a Temporal server and a worker with the least rights: what a file of end-to-end tests works on. */
export class Harness {
  /** Every password that stood in any version of a live or a staging Secret since the tests began. */
  readonly passwords = new Set<string>();
  readonly #programs: Program[] = [];
  #watching: AbortController | undefined;
  #closing = false;
  #parts: Parts | undefined;

  get world(): World {
    return this.#opened.world;
  }

  get temporal(): Temporal {
    return this.#opened.temporal;
  }

  get traces(): Traces {
    return this.#opened.traces;
  }

  get environment(): Environment {
    return this.#opened.environment;
  }

  get proxy(): FaultProxy {
    const { proxy } = this.#opened;
    if (proxy === undefined) throw new Error('this harness was opened without throughProxy');
    return proxy;
  }

  /** From now on nothing is done to a request. */
  clearProxy(): void {
    this.#parts?.proxy?.clear();
  }

  async start(options: HarnessOptions): Promise<void> {
    requireBuilt();
    const {
      catalogue,
      asAdministrator,
      mayAdopt,
      mayReachConsumers,
      throughProxy,
      worker,
      components,
      cnpg,
      rollouts,
      payloadKeys,
    } = options;
    const world = await World.open(components, cnpg, rollouts);
    const temporal = await Temporal.start(payloadKeys);
    const direct =
      asAdministrator === true
        ? world.sandbox.kubeconfig
        : await workerKubeconfig(world.config, path.join(temporal.folder, 'kubeconfig'), [
            'deploy/rbac.yaml',
            ...(mayAdopt === true ? ['deploy/rbac-adoption.yaml'] : []),
            ...(mayReachConsumers === true ? ['deploy/rbac-consumers.yaml'] : []),
          ]);
    const proxy = throughProxy === true ? await startProxy(direct) : undefined;
    const kubeconfig = proxy?.writeKubeconfig(path.join(temporal.folder, 'kubeconfig-of-the-proxy')) ?? direct;
    const catalogueFile = path.join(temporal.folder, 'components.yaml');
    if (catalogue !== undefined) writeFileSync(catalogueFile, typeof catalogue === 'string' ? catalogue : catalogue());
    const traces = await Traces.begin(world, temporal.folder);
    const environment = {
      ...temporal.environment,
      TMPDIR: traces.folder,
      KUBECONFIG: kubeconfig,
      ...(catalogue !== undefined && { CNPG_ROTATOR_COMPONENTS: catalogueFile }),
    };
    this.#parts = { world, temporal, traces, environment, proxy };
    await this.#notePasswords();
    if (worker === true) await this.startWorker();
  }

  /** Starts the worker as a program of its own, and waits until it polls. */
  async startWorker(environment: Environment = {}): Promise<Program> {
    const worker = this.startProgram([WORKER], environment);
    await worker.printed(/worker started/);
    return worker;
  }

  /** Starts a Node.js program, whose output is scanned in the end. */
  startProgram(args: readonly string[], environment: Environment = {}): Program {
    const program = new Program('node', args, { ...this.environment, ...environment });
    this.#programs.push(program);
    return program;
  }

  /** As if their machine had lost its power. */
  async killWorkers(): Promise<void> {
    await Promise.all(this.#programs.map((worker) => worker.kill('SIGKILL')));
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
   * Where any of these stands: in a history, in a program's output, or in any other trace of this run. The log of
   * processes ends with it.
   */
  async scan(needles: readonly Needle[]): Promise<string[]> {
    const outputs = this.#programs.map(({ output }, index) => ({
      name: `the output of program ${index}`,
      text: output,
    }));
    return findSecrets(
      [...(await this.temporal.histories()), ...outputs, ...(await this.traces.collect())],
      needles.filter(({ text }) => text.length >= SHORTEST_SECRET),
    );
  }

  /** Ends the workflows that a failed test left running. @returns which. */
  endRunningWorkflows(): Promise<readonly string[]> {
    const { temporal } = this.#opened;
    this.clearProxy();
    return endRunningWorkflows(temporal, async () => {
      // One whose request a test still holds would be of no use.
      await this.killWorkers();
      return this.startWorker();
    });
  }

  /**
   * Ends everything.
   * @returns what was left running or locked, and where a password of these tests, or a verifier of now, stands: with
   * anything in it, a test has failed or found a leak.
   */
  async close(): Promise<string[]> {
    this.#closing = true;
    this.#watching?.abort();
    // Whatever kept it from opening is told by who opened it.
    if (this.#parts === undefined) return [];
    const { world, temporal, proxy } = this.#parts;
    const left = await this.endRunningWorkflows();
    await Program.killAll();
    proxy?.stop();
    const here = CATALOGUE.components.filter(({ name }) => world.sandbox.components.some((one) => one === name));
    const locks = await deleteLocks(world, here);
    const found = await this.scan([
      ...[...this.passwords].map((text, index) => ({ name: `password ${index}`, text })),
      ...(await Promise.all(
        here.map(async (component) => ({
          name: `the verifier of ${component.name}`,
          text: await world.verifier(component),
        })),
      )),
    ]);
    await temporal.stop();
    await world.sandbox.close();
    return [...left, ...locks, ...found];
  }

  get #opened(): Parts {
    if (this.#parts === undefined) throw new Error('the harness is open inside a test only');
    return this.#parts;
  }

  async #notePasswords(): Promise<void> {
    const note = (secret: V1Secret): void => {
      for (const [key, value] of Object.entries(textOf(secret)))
        if (key.endsWith('password')) this.passwords.add(value);
    };
    // Some tests take the API server away, which ends every watch.
    const again = (): void => {
      if (!this.#closing) setTimeout(() => void this.#notePasswords().catch(again), 200);
    };
    this.#watching = await new Watch(this.world.config).watch(
      '/api/v1/secrets',
      { resourceVersion: '0' },
      (_, secret: V1Secret) => note(secret),
      again,
    );
  }
}

/** A proxy before the API server of a kubeconfig, with the rights of its user. */
function startProxy(kubeconfig: string): Promise<FaultProxy> {
  const direct = new KubeConfig();
  direct.loadFromFile(kubeconfig);
  const [cluster, user] = [direct.getCurrentCluster(), direct.getCurrentUser()];
  const decode = (data = ''): Buffer => Buffer.from(data, 'base64');
  return FaultProxy.start({
    server: cluster?.server ?? '',
    ca: decode(cluster?.caData),
    ...(user?.token !== undefined && { token: user.token }),
    ...(user?.certData !== undefined && { cert: decode(user.certData), key: decode(user.keyData) }),
  });
}
