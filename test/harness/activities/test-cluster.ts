import { noApiFaults, type ApiFaults } from '../../../sandbox/embedded/api/index.ts';
import { connectDependencies } from '../../../src/activities/proof/connect.ts';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import type { ClusterState } from '../../../src/domain/cluster.ts';
import { HEALTHY_CLUSTER, KUBERNETES, LITELLM } from '../examples.ts';
import { acceptedLogin } from './accepted-login.ts';
import { clusterObject, databaseRoleObjects } from './cluster-object.ts';
import { EmbeddedApi } from './embedded-api.ts';
import { StoredSecrets, type SecretPut } from './stored-secrets.ts';

const IN_NAMESPACE = { namespace: LITELLM.namespace };
const CLUSTER = { ...IN_NAMESPACE, name: LITELLM.cluster };

/** One API server for all tests of a file. */
let api: EmbeddedApi;
beforeAll(async () => {
  api = await EmbeddedApi.start(LITELLM.namespace);
});
afterAll(() => api.server.close());

/** An instance of the Cluster, a backup and Reloader: what a look at the surroundings finds. */
const SURROUNDINGS = [
  [
    'pods',
    {
      metadata: { ...IN_NAMESPACE, name: 'litellm-postgresql-1', labels: { 'cnpg.io/cluster': LITELLM.cluster } },
      spec: {
        initContainers: [{ name: 'bootstrap-controller', image: 'localhost/cloudnative-pg:1.30.0' }],
        containers: [{ name: 'postgres' }],
      },
    },
  ],
  [
    'deployments',
    {
      metadata: { ...IN_NAMESPACE, name: 'reloader', labels: { app: 'reloader' } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'reloader' } },
        template: {
          metadata: { labels: { app: 'reloader' } },
          spec: { containers: [{ name: 'reloader', image: 'localhost/reloader:sandbox' }] },
        },
      },
    },
  ],
  [
    'backups',
    {
      metadata: { ...IN_NAMESPACE, name: 'first' },
      spec: { cluster: { name: LITELLM.cluster } },
      status: { phase: 'completed', stoppedAt: '1970-01-01T00:00:00.000Z' },
    },
  ],
] as const;

/**
 * Kubernetes as the embedded API server holds it, which the steps read and write through the adapters of
 * src/kubernetes. Nobody reconciles what is in it, and what PostgreSQL says is the test's own: how CNPG and PostgreSQL
 * really behave is tested on the sandboxes. A new one takes the place of the one before.
 */
export class TestCluster {
  readonly secrets = new StoredSecrets(api.store, LITELLM.namespace);
  /** What PostgreSQL accepts. */
  accepted: string;
  /** What was done, in order. */
  readonly writes: string[] = [];
  psql: Dependencies['psql'] = () => Promise.resolve({ succeeded: true, stdout: '', stderr: '' });
  time = 0;
  /** Runs of workflows that have not ended. */
  readonly running = new Set(['run-1']);
  /** Workflows that ended so. */
  readonly needingAttention = new Set<string>();
  readonly deps: Dependencies;
  #cluster: ClusterState = HEALTHY_CLUSTER;

  constructor(password = 'old-password-0123456789') {
    api.removeAll();
    Object.assign(api.faults, noApiFaults());
    // One clock for the API server and the steps.
    api.clock.now = () => new Date(this.time);
    this.cluster = HEALTHY_CLUSTER;
    for (const [resource, object] of SURROUNDINGS) api.store.create(resource, object);
    this.accepted = password;
    this.put(LITELLM.secret, {
      username: 'litellm',
      password,
      uri: `postgresql://litellm:${password}@litellm-postgresql-rw:5432/litellm`,
    });
    this.deps = this.#connect();
  }

  /** What the API server holds. */
  get store(): EmbeddedApi['store'] {
    return api.store;
  }

  /** How the API server misbehaves. */
  get faults(): ApiFaults {
    return api.faults;
  }

  get cluster(): ClusterState {
    return this.#cluster;
  }

  /** What the Cluster declares, and what CNPG says of the Cluster. */
  set cluster(state: ClusterState) {
    this.#cluster = state;
    const { status, ...object } = clusterObject(state, LITELLM);
    if (api.store.find('clusters', CLUSTER) === undefined) api.store.create('clusters', object);
    else api.store.update('clusters', object);
    this.setClusterStatus(status ?? {});
    for (const role of api.store.list('databaseroles'))
      api.store.delete('databaseroles', { ...IN_NAMESPACE, name: role.metadata?.name ?? '' });
    for (const role of databaseRoleObjects(state, LITELLM)) {
      const made = api.store.create('databaseroles', role);
      api.store.update('databaseroles', { ...made, status: role.status }, { subresource: 'status' });
    }
  }

  /** The Cluster's spec, as the API server holds it. */
  protected get clusterSpec(): Readonly<Record<string, unknown>> {
    return api.store.get('clusters', CLUSTER).spec ?? {};
  }

  protected patchClusterSpec(spec: object): void {
    api.store.patch('clusters', CLUSTER, { type: 'merge', body: { spec } });
  }

  /** Writes the status whole, as CNPG does. */
  protected setClusterStatus(status: Readonly<Record<string, unknown>>): void {
    api.store.update('clusters', { ...api.store.get('clusters', CLUSTER), status }, { subresource: 'status' });
  }

  /** A pod with one container. */
  createPod(name: string, container: string): void {
    api.store.create('pods', { metadata: { ...IN_NAMESPACE, name }, spec: { containers: [{ name: container }] } });
  }

  /** Writes a Secret whole, as `kubectl replace` does. */
  put(name: string, values: Readonly<Record<string, string>>, more: SecretPut = {}): void {
    const { now } = api.clock;
    if (more.lastWriter !== undefined) api.clock.now = () => new Date(more.lastWriter?.at ?? 0);
    this.secrets.put(name, values, more);
    api.clock.now = now;
  }

  text(name: string, key: string): string {
    return new TextDecoder().decode(this.secrets.get(name)?.data[key]);
  }

  #connect(): Dependencies {
    const real = connectDependencies(api.connect(), () => LITELLM);
    const { secrets, clusters, events } = real;
    const note = (what: string): void => void this.writes.push(what);
    return {
      ...real,
      secrets: {
        ...bound(secrets),
        create: async (secret) => {
          const created = await secrets.create(secret);
          if (created !== undefined) note(`create ${secret.name}`);
          return created;
        },
        change: async (namespace, name, change) => {
          const changed = await secrets.change(namespace, name, change);
          if (changed !== undefined) note(`change ${name}`);
          return changed;
        },
        delete: async (namespace, name, ...which) => {
          if (this.secrets.get(name)?.uid === which[0]) note(`delete ${name}`);
          return secrets.delete(namespace, name, ...which);
        },
      },
      clusters: {
        ...bound(clusters),
        nudge: (...call) => {
          note('nudge');
          return clusters.nudge(...call);
        },
      },
      databaseRoles: bound(real.databaseRoles),
      roleSpecs: bound(real.roleSpecs),
      passwordRequests: bound(real.passwordRequests),
      poolers: bound(real.poolers),
      workloads: bound(real.workloads),
      pods: bound(real.pods),
      consumerObjects: bound(real.consumerObjects),
      configMaps: bound(real.configMaps),
      events: {
        aboutSecret: (secret, event, ...more) => {
          note(`event ${event.reason} about ${secret}`);
          return events.aboutSecret(secret, event, ...more);
        },
      },
      surroundings: bound(real.surroundings),
      flux: bound(real.flux),
      rights: bound(real.rights),
      kubernetes: () => Promise.resolve(KUBERNETES),
      kubernetesAheadMs: () => 0,
      watch: () => ({
        next: (timeoutMs) => {
          // A timer takes a millisecond at least.
          this.time += Math.max(timeoutMs, 1);
          return Promise.resolve();
        },
        close: () => undefined,
      }),
      login: (_, { username, password }) =>
        Promise.resolve(
          password.reveal() === this.accepted ? acceptedLogin(username) : { accepted: false, sqlState: '28P01' },
        ),
      actingRoles: () => Promise.resolve([]),
      heldByLogins: () => Promise.resolve({ serverVersion: 180_004, held: [], unseen: [] }),
      giveBack: () => Promise.resolve({ given: [], kept: [] }),
      sessions: () => Promise.resolve({ found: 0, ended: 0, clients: [], byClient: [] }),
      sampleClients: () => Promise.resolve([]),
      ownAddresses: () => new Set(['127.0.0.1']),
      psql: (...call) => this.psql(...call),
      temporalIdentity: () => Promise.resolve('temporal/default'),
      stateOf: ({ runId }) =>
        Promise.resolve(
          this.running.has(runId) ? 'running' : this.needingAttention.has(runId) ? 'needs-attention' : 'ended',
        ),
      now: () => new Date(this.time),
    };
  }
}

/** The methods of an adapter as an object of their own, of which a test may replace some. */
function bound<T extends object>(adapter: T): Pick<T, keyof T> {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(adapter)).filter((name) => name !== 'constructor');
  return Object.fromEntries(
    methods.map((name) => [name, (adapter[name as keyof T] as (...call: unknown[]) => unknown).bind(adapter)]),
  ) as Pick<T, keyof T>;
}
