import { readFileSync } from 'node:fs';
import https from 'node:https';
import { Duplex } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments, parse, stringify } from 'yaml';
import {
  createStore,
  noApiFaults,
  startApiServer,
  type ApiFaults,
  type ApiServer,
  type KubernetesObject,
  type LogLine,
  type PodRuntime,
  type ResourceName,
  type Store,
} from '../../../sandbox/embedded/api/index.ts';
import { RESOURCES } from '../../../sandbox/embedded/api/resources.ts';
import { KubernetesConnection } from '../../../src/kubernetes/connection.ts';

/** Pods that print, run and answer what a test wants of them. */
export class ScriptedPods implements PodRuntime {
  lines: LogLine[] = [];
  /** What was run, and what it was given. */
  readonly runs: { readonly argv: readonly string[]; readonly stdin: string }[] = [];
  exitCode = 0;
  listens = true;

  async *logs(): AsyncGenerator<LogLine> {
    await Promise.resolve();
    yield* this.lines;
  }

  async exec(...[, argv, { stdin }]: Parameters<PodRuntime['exec']>): ReturnType<PodRuntime['exec']> {
    let text = '';
    for await (const chunk of stdin) text += String(chunk);
    this.runs.push({ argv, stdin: text });
    return { stdout: `ran ${argv[0] ?? ''}`, stderr: this.exitCode === 0 ? '' : 'it failed', exitCode: this.exitCode };
  }

  /** Says everything back. */
  connect(): Promise<Duplex> {
    if (!this.listens) return Promise.reject(new Error('connect: connection refused'));
    return Promise.resolve(
      Duplex.from(async function* (source: AsyncIterable<Buffer>) {
        yield* source;
      }),
    );
  }
}

const RESOURCE_OF: Readonly<Record<string, ResourceName>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
};

/** The embedded API server alone: nobody acts on what is in it. */
export class EmbeddedApi {
  private constructor(
    readonly store: Store,
    readonly pods: ScriptedPods,
    readonly faults: ApiFaults,
    readonly server: ApiServer,
    /** The API server's. */
    readonly clock: { now: () => Date },
    /** Kinds that nobody has installed. */
    readonly missing: Set<ResourceName>,
  ) {}

  static async start(...namespaces: readonly string[]): Promise<EmbeddedApi> {
    const clock = { now: (): Date => new Date() };
    const store = createStore({ now: () => clock.now() });
    const [pods, faults] = [new ScriptedPods(), noApiFaults()];
    const missing = new Set<ResourceName>();
    for (const name of namespaces) store.create('namespaces', { metadata: { name } });
    return new EmbeddedApi(
      store,
      pods,
      faults,
      await startApiServer({ store, runtime: pods, faults, missing }),
      clock,
      missing,
    );
  }

  /** Removes every object but the namespaces. */
  removeAll(): void {
    for (const { name } of RESOURCES.filter((resource) => resource.name !== 'namespaces'))
      for (const { metadata } of this.store.list(name))
        this.store.delete(
          name,
          { namespace: metadata?.namespace, name: metadata?.name ?? '' },
          { gracePeriodSeconds: 0 },
        );
  }

  get kubeConfig(): KubeConfig {
    return this.#config(this.server.kubeconfig);
  }

  /** As the product connects. */
  connect(): KubernetesConnection {
    return new KubernetesConnection(this.kubeConfig, false, 5_000);
  }

  /** One GET by hand. @param url of the API server. @throws where the connection breaks. */
  get(url: string, token?: string): Promise<{ readonly status: number; readonly body: string }> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return new Promise((resolve, reject) => {
      const asked = https.get(url, { ca: this.server.authority, agent: false, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      asked.once('error', reject);
    });
  }

  /** With the rights of these files, and no more. */
  async connectAsWorker(...files: readonly string[]): Promise<KubernetesConnection> {
    const texts = ['deploy/rbac.yaml', ...files].map((file) => readFileSync(file, 'utf8'));
    for (const document of texts.flatMap((text) => parseAllDocuments(text))) {
      const object = document.toJS() as KubernetesObject & {
        kind: string;
        metadata: { name: string; namespace?: string };
      };
      const { namespace } = object.metadata;
      if (namespace !== undefined) this.store.patch('namespaces', { name: namespace }, { type: 'apply', body: {} });
      const resource = RESOURCE_OF[object.kind];
      if (resource === undefined) throw new Error(`a ${object.kind} is not known here`);
      this.store.patch(resource, object.metadata, { type: 'apply', body: object });
    }
    const account = { namespace: 'cnpg-rotator', name: 'cnpg-rotator' };
    const { status } = await this.connect().core.createNamespacedServiceAccountToken({
      ...account,
      body: { spec: { audiences: [] } },
    });
    const config = parse(this.server.kubeconfig) as { users: { user: { token: string } }[] };
    for (const { user } of config.users) user.token = status?.token ?? '';
    return new KubernetesConnection(this.#config(stringify(config)), false, 5_000);
  }

  #config(text: string): KubeConfig {
    const config = new KubeConfig();
    config.loadFromString(text);
    return config;
  }
}
