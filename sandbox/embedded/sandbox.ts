import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMPONENTS, type Component } from '../common/components.ts';
import { HEALTHY, IMAGE, OPERATOR, RELOADER } from '../common/names.ts';
import { COMPONENT_NAMES, type CnpgVersion, type ComponentName } from '../common/options.ts';
import {
  createStore,
  noApiFaults,
  startApiServer,
  type ApiFaults,
  type ApiServer,
  type ResourceName,
  type Store,
} from './api/index.ts';
import { usualBehaviour, type Behaviour } from './behaviour.ts';
import { hasDatabaseRoles } from './cnpg/database-role.ts';
import { Operator } from './cnpg/operator.ts';
import { isReadyPod } from './controllers/pods-of.ts';
import { KustomizeController } from './controllers/kustomize-controller.ts';
import { Reloader } from './controllers/reloader.ts';
import type { ReloadStrategy } from './controllers/reloader-options.ts';
import { startControllers } from './controllers/start.ts';
import { Folder } from './folder.ts';
import {
  componentManifests,
  createAll,
  IMAGES_WITHOUT_A_PROGRAM,
  namespaceManifests,
  operatorManifest,
  reloaderManifest,
} from './manifests.ts';
import { createPodRuntime } from './pod-runtime.ts';
import { Kubelet } from './pods/kubelet.ts';
import { PostgresServers } from './postgres/servers.ts';

const APPLICATION = fileURLToPath(new URL('./application/main.js', import.meta.url));
const LOOK_AGAIN_MS = 25;
const START_TIMEOUT_MS = 90_000;

export interface EmbeddedSandboxOptions {
  /** Default all four of the catalogue. */
  readonly components?: readonly ComponentName[];
  /** Whose behaviour; default 1.30.0. */
  readonly cnpg?: CnpgVersion;
  /** Default `env-vars`, as Reloader's own. */
  readonly reloader?: ReloadStrategy | 'none';
  /** More arguments of Reloader. */
  readonly reloaderArgs?: readonly string[];
  readonly behaviour?: Partial<Behaviour>;
  /** Whether Argo Rollouts is installed: without it nobody knows the kind. Default: no. */
  readonly rollouts?: boolean;
  /** A container of an image that it does not have stands still and is ready, instead of being waited for. Default: no. */
  readonly unknownImagesStandStill?: boolean;
  /** When it is aborted, a start is given up, and everything that it made is removed. */
  readonly signal?: AbortSignal;
}

/**
 * A cluster on this machine without Kubernetes: a simulated API server with the behaviour of CloudNativePG, Reloader
 * and the controllers that a rotation meets; PostgreSQL, TLS, the applications and their logins are real.
 */
export class EmbeddedSandbox {
  readonly faults: ApiFaults = noApiFaults();
  /** Kinds whose CustomResourceDefinition nobody has installed. It may be changed at any time. */
  readonly missing: Set<ResourceName>;
  readonly behaviour: Behaviour;
  readonly store: Store = createStore();
  readonly #folder = new Folder();
  readonly #releasers: (() => Promise<void> | void)[] = [];
  #server: ApiServer | undefined;
  #closing: Promise<void> | undefined;

  private constructor(private readonly options: EmbeddedSandboxOptions) {
    this.missing = new Set([
      ...(options.rollouts === true ? [] : (['rollouts'] as const)),
      ...(hasDatabaseRoles(options.cnpg ?? '1.30.0') ? [] : (['databaseroles'] as const)),
    ]);
    this.behaviour = { ...usualBehaviour(), ...options.behaviour };
  }

  /** Starts it, and waits until every component is healthy and its application ready. */
  static async start(options: EmbeddedSandboxOptions = {}): Promise<EmbeddedSandbox> {
    const sandbox = new EmbeddedSandbox(options);
    try {
      await sandbox.#start();
      return sandbox;
    } catch (error) {
      await sandbox.close();
      throw error;
    }
  }

  /** The one folder that holds all that it writes. */
  get folder(): string {
    return this.#folder.path;
  }

  /** The path of the administrator's kubeconfig. */
  get kubeconfig(): string {
    return this.#folder.in('kubeconfig');
  }

  get api(): ApiServer {
    if (this.#server === undefined) throw new Error('the embedded sandbox has not started');
    return this.#server;
  }

  /** Whether the operator and Reloader run, every Cluster is healthy, and every application is ready. */
  isWell(): boolean {
    return (
      this.#isUp(OPERATOR.namespace, OPERATOR.deployment) &&
      (this.options.reloader === 'none' || this.#isUp(RELOADER.namespace, RELOADER.name)) &&
      this.#components.every((component) => this.#isHealthy(component) && this.#isReady(component))
    );
  }

  get #components(): readonly Component[] {
    const wanted = this.options.components ?? COMPONENT_NAMES;
    return COMPONENT_NAMES.filter((name) => wanted.includes(name)).map((name) => COMPONENTS[name]);
  }

  /** Ends every process, frees every port and removes the folder. Calling it twice is safe. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      for (const release of this.#releasers.reverse()) await release();
    } finally {
      this.#folder.remove();
    }
  }

  async #start(): Promise<void> {
    const { store, behaviour, options } = this;
    const version = options.cnpg ?? '1.30.0';
    const servers = new PostgresServers(this.#folder, options.signal ?? new AbortController().signal);
    const prepared = servers.prepare();
    const operator = new Operator({
      store,
      behaviour,
      version,
      isUp: () => this.#isUp(OPERATOR.namespace, OPERATOR.deployment),
      createServer: (server) => servers.create(server),
    });
    this.#releasers.push(() => operator.close());
    const kubelet = new Kubelet({
      store,
      behaviour,
      folder: this.#folder,
      entrypoint: (image) =>
        image === IMAGE.application
          ? [process.execPath, APPLICATION]
          : IMAGES_WITHOUT_A_PROGRAM.has(image)
            ? 'none'
            : options.unknownImagesStandStill === true
              ? 'stands still'
              : undefined,
      clusterEnvironment: (namespace) => ({ SANDBOX_SERVICES: JSON.stringify(operator.servicePorts(namespace)) }),
    });
    this.#releasers.push(() => kubelet.close());
    this.#releasers.push(startControllers(store, behaviour));
    this.#releasers.push(
      store.subscribe('pods', ({ object, previous }) => {
        const isOperator = object.metadata?.namespace === OPERATOR.namespace;
        if (isOperator && isReadyPod(object) && previous !== undefined && !isReadyPod(previous)) operator.started();
      }),
    );
    this.#startReloader();
    const flux = new KustomizeController(store, this.#folder.in('flux-age.key'));
    this.#releasers.push(() => flux.close());
    this.#server = await startApiServer({
      store,
      faults: this.faults,
      missing: this.missing,
      runtime: createPodRuntime(kubelet, operator),
    });
    this.#releasers.push(() => this.#server?.close());
    writeFileSync(this.kubeconfig, this.#server.kubeconfig, { mode: 0o600 });
    await prepared;
    await this.#populate(version);
  }

  #startReloader(): void {
    const reloader = new Reloader(this.store, this.behaviour, (...of) => this.#isUp(...of));
    this.#releasers.push(() => reloader.close());
  }

  /** What the real sandbox has: the operator, Reloader, the components' databases, then their applications. */
  async #populate(version: CnpgVersion): Promise<void> {
    const { store, options } = this;
    const components = this.#components;
    const namespaces = new Set([
      'default',
      OPERATOR.namespace,
      RELOADER.namespace,
      ...components.map(({ namespace }) => namespace),
    ]);
    const manifests = components.map(componentManifests);
    createAll(store, namespaceManifests([...namespaces]));
    createAll(store, [operatorManifest(version)]);
    if (options.reloader !== 'none')
      createAll(store, reloaderManifest(options.reloader ?? 'env-vars', options.reloaderArgs));
    await this.#until('the operator to be ready', () => this.#isUp(OPERATOR.namespace, OPERATOR.deployment));
    createAll(
      store,
      manifests.flatMap(({ database }) => database),
    );
    await this.#until('the Clusters to be healthy, with their roles', () => components.every(this.#isHealthy));
    createAll(
      store,
      manifests.map(({ application }) => application),
    );
    await this.#until('the applications to be ready', () => components.every(this.#isReady));
  }

  readonly #isHealthy = ({ namespace, cluster, role }: Component): boolean => {
    const { status } = this.store.get('clusters', { namespace, name: cluster });
    return status?.['phase'] === HEALTHY && JSON.stringify(status['managedRolesStatus'] ?? {}).includes(`"${role}":{`);
  };

  readonly #isReady = ({ namespace, name }: Component): boolean => {
    const { spec, status } = this.store.get('deployments', { namespace, name });
    return status?.availableReplicas === spec?.replicas;
  };

  #isUp(namespace: string, deployment: string): boolean {
    return this.store
      .list('pods', { namespace })
      .some(
        (pod) =>
          pod.metadata?.name?.startsWith(`${deployment}-`) === true &&
          isReadyPod(pod) &&
          pod.metadata.deletionTimestamp === undefined,
      );
  }

  async #until(fact: string, look: () => boolean): Promise<void> {
    const giveUpAt = Date.now() + START_TIMEOUT_MS;
    while (!look()) {
      this.options.signal?.throwIfAborted();
      if (Date.now() > giveUpAt)
        throw new Error(`the embedded sandbox waited ${START_TIMEOUT_MS / 1_000} s for ${fact}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }
}
