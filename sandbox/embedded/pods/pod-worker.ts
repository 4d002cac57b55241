import { setTimeout as sleep } from 'node:timers/promises';
import getPort from 'get-port';
import { ApiError, type Kinds, type Store } from '../api/index.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Folder } from '../folder.ts';
import { ContainerProcess } from './container-process.ts';
import { ContainerConfigError, environmentOf, type Container } from './environment.ts';
import { podStatus, timestamp, writePodStatus, type PodState } from './pod-status.ts';
import { isReady } from './probe.ts';

/** A kubelet's own: 10 s after the second crash, doubled until 5 minutes. */
const BACKOFF_MS = { first: 10_000, longest: 300_000 };
const CONFIG_RETRY_MS = 1_000;

/** An annotation of a pod. */
export const OWN_PACE = 'sandbox.cnpg-rotator/own-pace';

export interface PodWorkerContext {
  readonly store: Store;
  readonly folder: Folder;
  readonly behaviour: Behaviour;
  /**
   * What runs in an image without a command: a program, or nothing at all (ready at once). One that stands still runs
   * nothing with a command either.
   */
  readonly entrypoint: (image: string) => readonly string[] | 'none' | 'stands still' | undefined;
  /** The environment of every pod: how the names of Services lead to ports of this machine. */
  readonly clusterEnvironment: (namespace: string) => Record<string, string>;
}

/** Runs one pod from its start to its end, and tells its status. */
export class PodWorker {
  process: ContainerProcess | undefined;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  readonly #namespace: string;
  readonly #name: string;
  readonly #uid: string;
  readonly #container: Container;
  readonly #restartPolicy: string;
  /** Its own READY_AFTER counts, and not that of the sandbox. */
  readonly #ownPace: boolean;
  #state: PodState;

  constructor(
    private readonly context: PodWorkerContext,
    pod: Kinds['pods'],
    address: string,
  ) {
    const [container] = pod.spec?.containers ?? [];
    if (container === undefined) throw new Error('a pod without a container');
    this.#container = container;
    this.#restartPolicy = pod.spec?.restartPolicy ?? 'Always';
    this.#namespace = pod.metadata?.namespace ?? '';
    this.#name = pod.metadata?.name ?? '';
    this.#uid = pod.metadata?.uid ?? '';
    this.#ownPace = pod.metadata?.annotations?.[OWN_PACE] === 'true';
    const now = new Date();
    const state = { waiting: { reason: 'ContainerCreating' } };
    this.#state = { address, startTime: now, ready: false, readySince: now, restarts: 0, state };
    this.#done = this.#run().catch((error: unknown) => {
      // A defect of the sandbox, and no error of the pod: it must not stay unseen.
      if (!this.#stopping.signal.aborted) process.stderr.write(`pod ${this.#name}: ${String(error)}\n`);
    });
  }

  /** Ends the program, gently at first. @param graceMs 0 ends it at once. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    const running = this.process;
    running?.kill(graceMs === 0 ? 'SIGKILL' : 'SIGTERM');
    const timer = setTimeout(() => running?.kill('SIGKILL'), graceMs);
    await running?.ended;
    clearTimeout(timer);
    await this.#done;
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#tell({});
      const program = await this.#start();
      if (this.isStopping()) return;
      if (program === 'none') {
        await this.#attend(undefined, {}, 0);
        return;
      }
      this.process = program.process;
      const exitCode = await this.#attend(program.process, program.env, program.port);
      if (this.isStopping()) return;
      if (this.#restartPolicy === 'Never' || (this.#restartPolicy === 'OnFailure' && exitCode === 0)) {
        this.#tell({
          ready: false,
          readySince: new Date(),
          state: terminated(program.process, exitCode),
          isOver: true,
        });
        return;
      }
      await this.#restartLater(program.process, exitCode);
      if (this.isStopping()) return;
    }
  }

  /** Starts the program as soon as its Secrets and its image are there. */
  async #start(): Promise<'none' | { process: ContainerProcess; env: NodeJS.ProcessEnv; port: number }> {
    const { context } = this;
    for (;;) {
      const image = this.#container.image ?? '';
      const entrypoint = context.entrypoint(image);
      if (entrypoint === undefined) {
        this.#tell({
          state: { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } },
        });
      } else if (entrypoint === 'stands still' || (entrypoint === 'none' && this.#container.command === undefined)) {
        return 'none';
      } else {
        try {
          const port = await getPort({ host: this.#state.address });
          const env = this.#environment(port);
          const argv = this.#container.command ?? (entrypoint === 'none' ? [] : entrypoint);
          return {
            process: new ContainerProcess([...argv, ...(this.#container.args ?? [])], env, context.folder),
            env,
            port,
          };
        } catch (error) {
          if (!(error instanceof ContainerConfigError)) throw error;
          this.#tell({ state: { waiting: { reason: 'CreateContainerConfigError', message: error.message } } });
        }
      }
      await this.#pause(CONFIG_RETRY_MS);
      if (this.isStopping()) return 'none';
    }
  }

  #environment(port: number): NodeJS.ProcessEnv {
    const { context } = this;
    return {
      PATH: process.env['PATH'],
      HOSTNAME: this.#name,
      ...context.clusterEnvironment(this.#namespace),
      SANDBOX_FOLDER: context.folder.path,
      SANDBOX_POD_UID: this.#uid,
      SANDBOX_POD_IP: this.#state.address,
      SANDBOX_HTTP_PORT: String(port),
      ...environmentOf(context.store, this.#namespace, this.#container),
      ...(!this.#ownPace && { READY_AFTER: `${context.behaviour.readyAfterMs}ms` }),
    };
  }

  /** Tells whether it is ready until it ends. @returns its exit code. */
  async #attend(running: ContainerProcess | undefined, env: NodeJS.ProcessEnv, port: number): Promise<number> {
    const startedAt = timestamp(running?.startedAt ?? new Date());
    this.#tell({ state: { running: { startedAt } }, ready: false });
    const period = (this.#container.readinessProbe?.periodSeconds ?? 10) * 1_000;
    const target = { address: this.#state.address, port, env };
    const over = running?.ended.then((code) => ({ code }));
    for (;;) {
      const ready = !this.#isHeldBack() && (running === undefined || (await isReady(this.#container, target)));
      if (this.isStopping()) return 0;
      if (ready !== this.#state.ready) this.#tell({ ready, readySince: new Date() });
      // Before it is ready, a look each half second tells the moment more exactly.
      const pause = this.#pause(ready ? period : Math.min(period, 500));
      const ended = await Promise.race([pause, ...(over === undefined ? [] : [over])]);
      if (ended !== undefined) return ended.code;
      if (this.isStopping()) return 0;
    }
  }

  #isHeldBack(): boolean {
    const { neverReady } = this.context.behaviour;
    return [...neverReady].some((workload) => this.#name.startsWith(`${workload}-`));
  }

  async #restartLater(ended: ContainerProcess, exitCode: number): Promise<void> {
    const state = terminated(ended, exitCode);
    const { restarts } = this.#state;
    this.#tell({ ready: false, readySince: new Date(), state, lastState: state });
    if (restarts > 0) {
      const backoff = Math.min(BACKOFF_MS.first * 2 ** (restarts - 1), BACKOFF_MS.longest);
      const message = `back-off ${backoff / 1_000}s restarting failed container=${this.#container.name}`;
      this.#tell({ state: { waiting: { reason: 'CrashLoopBackOff', message } } });
      await this.#pause(backoff);
    }
    this.#state = { ...this.#state, restarts: restarts + 1 };
  }

  async #pause(ms: number): Promise<undefined> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    return undefined;
  }

  isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #tell(change: Partial<PodState>): void {
    this.#state = { ...this.#state, ...change };
    if (this.isStopping()) return;
    const { store } = this.context;
    writePodStatus(store, this.#namespace, this.#name, podStatus(this.#container, this.#state));
  }
}

function terminated({ startedAt }: ContainerProcess, exitCode: number): PodState['state'] {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return {
    terminated: { exitCode, reason, startedAt: timestamp(startedAt), finishedAt: timestamp(new Date()) },
  };
}

/** Deletes the pod's object in the end, when the program is over. */
export function finalizePod(store: Store, namespace: string, name: string, uid: string): void {
  try {
    store.delete('pods', { namespace, name }, { gracePeriodSeconds: 0, uid });
  } catch (error) {
    // Gone already, or another pod has its name.
    if (!(error instanceof ApiError && [404, 409].includes(error.code))) throw error;
  }
}
