import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort from 'get-port';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { Api, asObjects } from '../common/api.ts';
import { SandboxError } from '../common/errors.ts';
import { build } from '../common/go-build.ts';
import type { KubernetesObject } from '../common/kubernetes-object.ts';
import { rolloutsController } from './builds.ts';

const BUILD_MINUTES = 20;
const LOOK_AGAIN_MS = 200;
const TIMEOUT_MS = 60_000;
/** Where the controller looks for its own settings; nobody has to make it. */
const NAMESPACE = 'argo-rollouts';
/** What it says when it has seen all objects, and begins. */
const STARTED = /Started controller/;

const conditionsSchema = z.object({
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish() }).optional(),
});

/** Argo's real controller of Rollouts beside a real cluster, and the kind itself. It is only there while it is needed. */
export class RolloutsBeside {
  #output = '';
  readonly #controller: ChildProcess;

  private constructor(
    private readonly api: Api,
    private readonly definitions: readonly KubernetesObject[],
    argv: readonly [string, ...string[]],
  ) {
    const [program, ...args] = argv;
    const env = { PATH: process.env['PATH'], ARGO_ROLLOUTS_NAMESPACE: NAMESPACE };
    this.#controller = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#controller.stdout, this.#controller.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')));
  }

  /** Builds it, where nobody has, installs the kind, and waits until the controller works. */
  static async start(kubeconfig: string): Promise<RolloutsBeside> {
    const program = rolloutsController();
    await build(program, AbortSignal.timeout(BUILD_MINUTES * 60_000), () => undefined);
    const definitions = program.crds.flatMap((file) =>
      asObjects(
        parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as unknown),
        file,
      ),
    );
    const api = new Api(kubeconfig);
    try {
      await api.applyAll(definitions);
      for (const one of definitions) await until(`serve ${one.metadata.name}`, () => isEstablished(api, one));
    } catch (error) {
      api.close();
      throw error;
    }
    const [metrics, health] = [await getPort(), await getPort()];
    const beside = new RolloutsBeside(api, definitions, [
      program.binary,
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      `--metricsport=${metrics}`,
      `--healthzPort=${health}`,
      '--loglevel=info',
    ]);
    try {
      await until(
        'start',
        () => Promise.resolve(STARTED.test(beside.#output)),
        () => beside.words,
      );
    } catch (error) {
      await beside.stop();
      throw error;
    }
    return beside;
  }

  /** What it has to say, for a test that waits in vain. */
  get words(): string {
    return this.#output.slice(-4_000);
  }

  /** Ends it and takes the kind away, and with that every Rollout. */
  async stop(): Promise<void> {
    if (this.#controller.exitCode === null) {
      const ended = new Promise((resolve) => this.#controller.once('close', resolve));
      this.#controller.kill('SIGTERM');
      await Promise.race([ended, sleep(10_000)]);
      this.#controller.kill('SIGKILL');
    }
    for (const definition of this.definitions) await this.api.remove(definition);
    this.api.close();
  }
}

async function isEstablished(api: Api, { metadata }: KubernetesObject): Promise<boolean> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`;
  const { status } = await api.get(path, conditionsSchema);
  return status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True') === true;
}

async function until(what: string, look: () => Promise<boolean>, words: () => string = () => ''): Promise<void> {
  const giveUpAt = Date.now() + TIMEOUT_MS;
  while (!(await look())) {
    if (Date.now() > giveUpAt) throw new SandboxError(`Argo Rollouts did not ${what}. ${words()}`.trim());
    await sleep(LOOK_AGAIN_MS);
  }
}
