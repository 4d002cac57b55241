import { chownSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Api } from '../common/api.ts';
import { BINARIES, PROGRAMS, configurationFiles, type ProgramName } from './daemons.ts';
import { SandboxError } from '../common/errors.ts';
import { volumePaths } from './manifests.ts';
import { commandInside, ctr, runsInside, startInside, type Init } from './namespace.ts';
import { RUN } from './paths.ts';
import { logOf } from '../common/paths.ts';
import { pkiFiles } from './pki.ts';
import { POSTGRES_ID } from './postgres.ts';
import { waitUntil } from './wait.ts';

/** The programs of the node that are running, by name. */
export type Daemons = Record<string, number>;

/** Starts and watches the programs of the one node. */
export class Node {
  readonly daemons: Daemons = {};
  private readonly init: Init;
  private readonly signal: AbortSignal;

  constructor(init: Init, signal: AbortSignal) {
    this.init = init;
    this.signal = signal;
  }

  async startControlPlane(): Promise<Api> {
    await this.start('etcd');
    await this.start('kube-apiserver');
    const api = new Api(pkiFiles().kubeconfigs.admin);
    await this.wait('kube-apiserver', 'the API server is ready', 60, async () =>
      (await api.text('/readyz')) === 'ok' ? true : undefined,
    );
    await this.start('kube-controller-manager');
    await this.start('kube-scheduler');
    return api;
  }

  async startContainerd(): Promise<void> {
    await this.start('containerd');
    await this.wait('containerd', 'containerd answers', 30, async () => {
      // Its socket is there a moment before it listens, so the first refusals say nothing.
      const answer = commandInside(this.init, [...ctr, 'version'], { signal: this.signal });
      return answer.then(
        () => true,
        () => undefined,
      );
    });
  }

  async importImage(archive: string): Promise<void> {
    await importImage(this.init, archive, this.signal);
  }

  /** kubelet, kube-proxy and CoreDNS, until the API server calls the node ready. */
  async startWorker(api: Api): Promise<void> {
    await this.start('kubelet');
    await this.start('kube-proxy');
    await this.start('coredns');
    await this.wait('kubelet', 'the node is ready', 60, async () => {
      const node = await api.get('/api/v1/nodes/sandbox', nodeSchema);
      return node.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True') || undefined;
    });
  }

  private async start(name: ProgramName): Promise<void> {
    this.daemons[name] = await startProgram(this.init, name);
  }

  /** Waits for something that a program does, and says so at once when that program has ended. */
  private wait<T>(
    name: ProgramName,
    until: string,
    seconds: number,
    observe: () => Promise<T | undefined>,
  ): Promise<T> {
    const log = logOf(name);
    return waitUntil({ until, seconds, everyMs: 100, log, signal: this.signal }, () => {
      const pid = this.daemons[name];
      if (pid !== undefined && !runsInside(this.init, pid)) {
        throw new SandboxError(`${name} ended while it started:\n${lastLines(log)}`, { log });
      }
      return observe();
    });
  }
}

/** Starts a program with the sandbox's flags and returns its pid as the namespaces see it. */
export function startProgram(init: Init, name: ProgramName): Promise<number> {
  return startInside(init, PROGRAMS[name](pkiFiles()), logOf(name));
}

const nodeSchema = z.looseObject({
  status: z.looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })) }),
});

export async function importImage(init: Init, archive: string, signal: AbortSignal): Promise<void> {
  await commandInside(init, [...ctr, 'images', 'import', archive], { log: logOf('images'), signal });
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
}

/** Everything on disk that the programs expect to find. The binaries are copied: the cache may be emptied meanwhile. */
export function prepareNode(binaries: Readonly<Record<keyof typeof BINARIES, string>>): void {
  for (const [name, target] of Object.entries(BINARIES)) {
    mkdirSync(dirname(target), { recursive: true });
    cpSync(binaries[name as keyof typeof BINARIES], target);
  }
  for (const [path, content] of Object.entries(configurationFiles(pkiFiles()))) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  mkdirSync(join(RUN, 'volume-plugins'), { recursive: true });
  for (const path of volumePaths()) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chownSync(path, POSTGRES_ID, POSTGRES_ID);
  }
}
