import { ApiError, type Kinds, type Store } from '../api/index.ts';
import { Authority } from '../../common/certificates.ts';
import type { CnpgVersion } from '../../common/options.ts';
import { HEALTHY } from '../../common/names.ts';
import type { Behaviour } from '../behaviour.ts';
import { isOwnedBy } from '../controllers/pods-of.ts';
import { WorkQueue } from '../controllers/work-queue.ts';
import { finalizePod } from '../pods/pod-worker.ts';
import type { PostgresServer } from '../postgres/server.ts';
import type { ServerSpec } from '../postgres/servers.ts';
import {
  applicationDatabase,
  credentialSecrets,
  instanceName,
  opensItsDatabase,
  readCluster,
  setDefaults,
  superuserSecret,
  type Cluster,
} from './cluster.ts';
import { DatabaseRoleOperator } from './database-role-operator.ts';
import { databaseRolesOf, hasDatabaseRoles } from './database-role.ts';
import { Instance } from './instance.ts';
import { certificateSecrets, generatedSecret, instancePod, serverNames, services } from './objects.ts';

const MANAGER = 'Go-http-client';
const RELOAD_LABEL = 'cnpg.io/reload';
const SETTING_UP = 'Setting up primary';
const WEBHOOK = 'mcluster.cnpg.io';

export interface OperatorContext {
  readonly store: Store;
  readonly behaviour: Behaviour;
  readonly version: CnpgVersion;
  /** Whether the operator's pod is there and ready. */
  readonly isUp: () => boolean;
  readonly createServer: (server: ServerSpec) => Promise<PostgresServer>;
}

/**
 * CNPG's operator, for Clusters of one instance. It watches the Secrets that carry the label `cnpg.io/reload` or belong
 * to a Cluster, and tells of a change by the Cluster's status, which is what the instance manager sees.
 */
export class Operator {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));
  readonly #instances = new Map<string, Instance>();
  readonly #releasers: readonly (() => void)[];
  /** The Secrets of DatabaseRoles that a Cluster's instances may read: the Role `<cluster>` names each one. */
  readonly #granted = new Map<string, ReadonlySet<string>>();
  readonly #databaseRoles: DatabaseRoleOperator | undefined;
  readonly #starting = new Set<Promise<unknown>>();
  #closed = false;

  constructor(private readonly context: OperatorContext) {
    const { store } = context;
    this.#releasers = [
      store.admit('clusters', ({ operation, object, options }) => {
        this.#admit(options.subresource);
        if (operation !== 'DELETE' && options.subresource !== 'status') setDefaults(object);
      }),
      store.subscribe('clusters', ({ type, object }) => this.#clusterChanged(type, object)),
      store.subscribe('secrets', ({ object }) => this.#secretChanged(object)),
      store.subscribe('pods', ({ type, object }) => this.#podChanged(type, object)),
    ];
    if (hasDatabaseRoles(context.version))
      this.#databaseRoles = new DatabaseRoleOperator({
        ...context,
        // Later than the instance manager looks, which then waits for half a minute.
        lookAtCluster: (key) => this.#queue.add(key, 2 * context.behaviour.syncDelayMs),
      });
  }

  instanceOf(namespace: string, pod: string): Instance | undefined {
    return [...this.#instances].find(([key, instance]) => key.startsWith(`${namespace}/`) && instance.pod === pod)?.[1];
  }

  /**
   * The ports of this machine behind the read-write Services, by the names that they have within a namespace: those of
   * another one are called with its name.
   */
  servicePorts(namespace: string): Record<string, number> {
    return Object.fromEntries(
      [...this.#instances].flatMap(([key, { server }]) => {
        const [of = '', cluster = ''] = key.split('/');
        return ['rw', 'r'].flatMap((kind) => {
          const full = `${cluster}-${kind}.${of}`;
          const names = [full, `${full}.svc`, `${full}.svc.cluster.local`];
          return [...(of === namespace ? [`${cluster}-${kind}`] : []), ...names].map((name) => [name, server.port]);
        });
      }),
    );
  }

  /** The operator's pod became ready: as at each start of it, every Cluster is looked at. */
  started(): void {
    this.#databaseRoles?.started();
    for (const { metadata } of this.context.store.list('clusters'))
      this.#queue.add(`${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const release of this.#releasers) release();
    await Promise.all([this.#queue.close(), this.#databaseRoles?.close()]);
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#instances.values()].map((instance) => instance.stop()));
  }

  #admit(subresource: string | undefined): void {
    if (subresource === 'status' || this.context.isUp()) return;
    const url = 'https://cnpg-webhook-service.cnpg-system.svc:443/mutate-postgresql-cnpg-io-v1-cluster?timeout=10s';
    throw ApiError.webhookDown(WEBHOOK, `Post "${url}": dial tcp 10.96.0.9:443: connect: connection refused`);
  }

  #clusterChanged(type: string, object: Kinds['clusters']): void {
    const key = `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
    if (type === 'DELETED') {
      const instance = this.#instances.get(key);
      this.#instances.delete(key);
      void instance?.stop();
      return;
    }
    this.#instances.get(key)?.manager.clusterChanged();
    if (this.context.isUp()) this.#queue.add(key);
  }

  #secretChanged(secret: Kinds['secrets']): void {
    if (!this.context.isUp()) return;
    const { namespace = '', name = '', labels = {} } = secret.metadata ?? {};
    for (const object of this.context.store.list('clusters', { namespace })) {
      const cluster = readCluster(object);
      const { owner, superuser, roles } = credentialSecrets(cluster);
      const concerns = [owner, superuser, ...roles].includes(name);
      const watched = RELOAD_LABEL in labels || isOwnedBy(secret, cluster.uid);
      if (concerns && watched) this.#queue.add(`${namespace}/${cluster.name}`);
    }
  }

  async #reconcile(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const object = this.context.store.find('clusters', { namespace, name });
    if (object === undefined || !this.context.isUp() || this.#closed) return;
    const cluster = readCluster(object);
    if (cluster.disabled) return;
    const roles = hasDatabaseRoles(this.context.version) ? databaseRolesOf(this.context.store, namespace, name) : [];
    this.#granted.set(key, new Set(roles.flatMap(({ spec }) => spec.passwordSecret?.name ?? [])));
    const instance = this.#instances.get(key);
    if (instance === undefined && !opensItsDatabase(cluster)) {
      this.#writeStatus(cluster, { phase: SETTING_UP, instances: 1 });
    } else if (instance === undefined) {
      this.#instances.set(key, await this.#setUp(cluster));
      // Whatever starts next finds its Service.
      this.#instances.get(key)?.announce();
    } else if (
      !instance.isRunning &&
      this.context.store.find('pods', { namespace, name: instance.pod }) === undefined
    ) {
      this.#writeStatus(cluster, { phase: 'Waiting for the instances to become active', readyInstances: 0 });
      this.context.store.create('pods', instancePod(cluster, this.context.version), { manager: MANAGER });
      await instance.restart();
      instance.announce();
    }
    if (this.#instances.get(key)?.isRunning === true) {
      this.#generateSecrets(cluster);
      this.#writeHealthyStatus(cluster);
    }
  }

  /** A new Cluster: certificates, Services, a server, and the pod that stands for it. */
  async #setUp(cluster: Cluster): Promise<Instance> {
    const { store, createServer } = this.context;
    this.#writeStatus(cluster, { phase: SETTING_UP, instances: 1 });
    const authority = await Authority.create(cluster.name);
    const certificate = await authority.issue({ name: `${cluster.name}-rw`, dns: serverNames(cluster) });
    for (const secret of certificateSecrets(cluster, authority.certificate, certificate))
      store.create('secrets', secret, { manager: MANAGER });
    this.#generateSecrets(cluster);
    for (const service of services(cluster)) store.create('services', service, { manager: MANAGER });
    const starting = createServer({
      name: `${cluster.namespace}-${cluster.name}`,
      image: cluster.spec.imageName,
      certificate,
      hba: cluster.spec.postgresql.pg_hba,
    });
    this.#starting.add(starting);
    const server = await starting.finally(() => this.#starting.delete(starting));
    const key = `${cluster.namespace}/${cluster.name}`;
    const mayRead = (secret: string): boolean => this.#granted.get(key)?.has(secret) === true;
    const instance = new Instance(store, cluster, server, { ...this.context, mayRead });
    await instance.bootstrap();
    store.create('pods', instancePod(cluster, this.context.version), { manager: MANAGER });
    return instance;
  }

  /**
   * As `reconcilePostgresSecrets` at each reconcile: a Secret of that name that is there already is used as it is, and
   * one that is gone is made again with another password. Without access, the superuser's generated Secret goes.
   */
  #generateSecrets(cluster: Cluster): void {
    const { namespace, spec } = cluster;
    const { store, version } = this.context;
    const application = applicationDatabase(cluster);
    const wanted = [
      ...(application?.generated === true
        ? [generatedSecret(cluster, { type: 'app', database: application.database, user: application.owner }, version)]
        : []),
      ...(spec.enableSuperuserAccess && spec.superuserSecret === undefined
        ? [generatedSecret(cluster, { type: 'superuser', database: '*', user: 'postgres' }, version)]
        : []),
    ];
    for (const secret of wanted) {
      const key = { namespace, name: secret.metadata?.name ?? '' };
      if (store.find('secrets', key) === undefined) store.create('secrets', secret, { manager: MANAGER });
    }
    if (spec.enableSuperuserAccess) return;
    const superuser = { namespace, name: superuserSecret(cluster) };
    const left = store.find('secrets', superuser);
    if (left !== undefined && isOwnedBy(left, cluster.uid)) store.delete('secrets', superuser);
  }

  #writeHealthyStatus(cluster: Cluster): void {
    const instance = instanceName(cluster);
    const ca = `${cluster.name}-ca`;
    const certificates = {
      serverCASecret: ca,
      clientCASecret: ca,
      serverTLSSecret: `${cluster.name}-server`,
      serverAltDNSNames: serverNames(cluster),
    };
    const { owner, superuser, roles } = credentialSecrets(cluster);
    const version = (name: string) =>
      this.context.store.find('secrets', { namespace: cluster.namespace, name })?.metadata?.resourceVersion;
    this.#writeStatus(cluster, {
      phase: HEALTHY,
      currentPrimary: instance,
      targetPrimary: instance,
      instances: 1,
      readyInstances: 1,
      instanceNames: [instance],
      image: cluster.spec.imageName,
      readService: `${cluster.name}-r`,
      writeService: `${cluster.name}-rw`,
      certificates,
      secretsResourceVersion: {
        managedRoleSecretVersion: Object.fromEntries(roles.map((name) => [name, version(name) ?? null])),
        ...(owner !== undefined && { applicationSecretVersion: version(owner) ?? null }),
        ...(superuser !== undefined && { superuserSecretVersion: version(superuser) ?? null }),
        serverCaSecretVersion: version(ca) ?? null,
      },
    });
  }

  #writeStatus({ namespace, name }: Cluster, status: object): void {
    const options = { subresource: 'status', manager: MANAGER } as const;
    this.context.store.patch('clusters', { namespace, name }, { type: 'merge', body: { status } }, options);
  }

  #podChanged(type: string, pod: Kinds['pods']): void {
    const { namespace = '', name = '', uid = '', labels = {}, deletionTimestamp } = pod.metadata ?? {};
    const cluster = labels['cnpg.io/cluster'];
    const instance = cluster === undefined ? undefined : this.#instances.get(`${namespace}/${cluster}`);
    if (instance === undefined || this.#closed) return;
    const key = `${namespace}/${cluster ?? ''}`;
    // Deleted by force, it has not been stopped before.
    if (type === 'DELETED') void instance.stop().then(() => this.#queue.add(key));
    else if (deletionTimestamp !== undefined && instance.isRunning)
      void instance.stop().then(() => finalizePod(this.context.store, namespace, name, uid));
  }
}
