import { chownSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Api } from './api.ts';
import * as daemons from './daemons.ts';
import { SandboxError } from './errors.ts';
import { volumePaths } from './manifests.ts';
import { commandInside, ctr, runsInside, startInside, type Init } from './namespace.ts';
import { RUN, logOf } from './paths.ts';
import { pkiFiles, type PkiFiles } from './pki.ts';
import { POSTGRES_ID } from './postgres.ts';
import { waitUntil } from './wait.ts';

/** The programs of the node that are running, by name. */
export type Daemons = Record<string, number>;

/** Starts and watches the programs of the one node. */
export class Node {
  readonly daemons: Daemons = {};
  private readonly init: Init;
  private readonly signal: AbortSignal;
  private readonly pki: PkiFiles = pkiFiles();

  constructor(init: Init, signal: AbortSignal) {
    this.init = init;
    this.signal = signal;
  }

  async startControlPlane(): Promise<Api> {
    await this.start('etcd', daemons.etcd());
    await this.start('kube-apiserver', daemons.apiserver(this.pki));
    const api = new Api(this.pki.kubeconfigs.admin);
    await this.wait('kube-apiserver', 'the API server is ready', 60, async () =>
      (await api.text('/readyz')) === 'ok' ? true : undefined,
    );
    await this.start('kube-controller-manager', daemons.controllerManager(this.pki));
    await this.start('kube-scheduler', daemons.scheduler(this.pki));
    return api;
  }

  async startContainerd(): Promise<void> {
    await this.start('containerd', daemons.containerd());
    await this.wait('containerd', 'containerd answers', 30, async () => {
      await commandInside(this.init, [...ctr, 'version'], { signal: this.signal });
      return true;
    });
  }

  async importImage(archive: string): Promise<void> {
    await importImage(this.init, archive, this.signal);
  }

  /** kubelet, kube-proxy and CoreDNS, until the API server calls the node ready. */
  async startWorker(api: Api): Promise<void> {
    await this.start('kubelet', daemons.kubelet(this.pki));
    await this.start('kube-proxy', daemons.kubeProxy(this.pki));
    await this.start('coredns', daemons.coredns());
    await this.wait('kubelet', 'the node is ready', 60, async () => {
      const node = await api.get('/api/v1/nodes/sandbox', nodeSchema);
      return node.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True') || undefined;
    });
  }

  private async start(name: string, argv: readonly string[]): Promise<void> {
    this.daemons[name] = await startInside(this.init, argv, logOf(name));
  }

  /** Waits for something that a program does, and says so at once when that program has ended. */
  private wait<T>(name: string, until: string, seconds: number, observe: () => Promise<T | undefined>): Promise<T> {
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
export function prepareNode(binaries: Readonly<Record<keyof typeof daemons.BINARIES, string>>): void {
  for (const [name, target] of Object.entries(daemons.BINARIES)) {
    mkdirSync(dirname(target), { recursive: true });
    cpSync(binaries[name as keyof typeof daemons.BINARIES], target);
  }
  for (const [path, content] of Object.entries(daemons.configurationFiles(pkiFiles()))) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  mkdirSync(join(RUN, 'volume-plugins'), { recursive: true });
  for (const path of volumePaths()) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chownSync(path, POSTGRES_ID, POSTGRES_ID);
  }
}
