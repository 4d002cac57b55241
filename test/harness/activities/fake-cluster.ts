import type { Dependencies } from '../../../src/activities/dependencies.ts';
import type { ClusterState } from '../../../src/domain/cluster.ts';
import type { Rotation } from '../../../src/domain/rotation/rotation.ts';
import type { LiveSecret } from '../../../src/kubernetes/secrets.ts';
import { HEALTHY_CLUSTER, KUBERNETES, LITELLM } from '../examples.ts';
import { acceptedLogin } from './accepted-login.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The whole value of a key. */
export const whole = (key: string, meaning: 'password' | 'user' = 'password') =>
  ({ key, within: '', meaning }) as const;
/** The password, or the user, of a URI that is the whole value of a key. */
export const inUri = (key: string, meaning: 'password' | 'user' = 'password') =>
  ({ key, within: 'URI', meaning }) as const;

export const ROTATION: Rotation = {
  id: 'litellm-1',
  kubernetes: KUBERNETES,
  component: LITELLM,
  secrets: [LITELLM.secret],
  places: [{ secret: LITELLM.secret, places: [whole('password'), inUri('uri')] }],
  passwordAt: { secret: LITELLM.secret, key: 'password', within: '' },
  workloads: [],
};

/**
 * The smallest world in which a single step can be tried: Secrets with versions, a Cluster's status, a role's password.
 * It decides nothing; how CNPG and PostgreSQL really behave is tested on the real sandbox.
 */
export class FakeCluster {
  readonly secrets = new Map<string, LiveSecret>();
  cluster: ClusterState = HEALTHY_CLUSTER;
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
  #version = 100;

  constructor(password = 'old-password-0123456789') {
    this.accepted = password;
    this.put(LITELLM.secret, {
      username: 'litellm',
      password,
      uri: `postgresql://litellm:${password}@litellm-postgresql-rw:5432/litellm`,
    });
  }

  put(name: string, values: Readonly<Record<string, string>>, more: Partial<LiveSecret> = {}): LiveSecret {
    const before = this.secrets.get(name);
    this.#version += 1;
    const secret: LiveSecret = {
      name,
      namespace: LITELLM.namespace,
      uid: before?.uid ?? `uid-${this.#version}`,
      resourceVersion: String(this.#version),
      type: 'Opaque',
      labels: before?.labels ?? {},
      annotations: before?.annotations ?? {},
      data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, bytes(value)])),
      ...more,
    };
    this.secrets.set(name, secret);
    return secret;
  }

  text(name: string, key: string): string {
    return new TextDecoder().decode(this.secrets.get(name)?.data[key]);
  }

  readonly deps: Dependencies = {
    findComponent: () => LITELLM,
    secrets: {
      find: (_, name) => Promise.resolve(this.secrets.get(name)),
      list: () => Promise.resolve([...this.secrets.values()]),
      create: ({ name, type = 'Opaque', data, labels, annotations }) => {
        if (this.secrets.has(name)) return Promise.resolve(undefined);
        this.writes.push(`create ${name}`);
        return Promise.resolve(this.put(name, {}, { type, data, labels, annotations }));
      },
      change: (_, name, { data, annotations, resourceVersion }) => {
        const live = this.secrets.get(name);
        if (live?.resourceVersion !== resourceVersion) return Promise.resolve(undefined);
        this.writes.push(`change ${name}`);
        return Promise.resolve(
          this.put(name, {}, { data: { ...live.data, ...data }, annotations: { ...live.annotations, ...annotations } }),
        );
      },
      delete: (_, name, uid) => {
        if (this.secrets.get(name)?.uid === uid) {
          this.writes.push(`delete ${name}`);
          this.secrets.delete(name);
        }
        return Promise.resolve();
      },
    },
    clusters: {
      find: () => Promise.resolve(this.cluster),
      read: () =>
        Promise.resolve({
          state: this.cluster,
          declaredRoles: () => ({
            resourceVersion: '1',
            bootstrap: undefined,
            facts: { spec: { roles: [] }, databaseRoles: {}, pgHba: [] },
          }),
        }),
      nudge: () => {
        this.writes.push('nudge');
        return Promise.resolve();
      },
      watched: () => ({ path: '' }),
    },
    roleSpecs: {
      change: () => Promise.reject(new Error('not in this world')),
    },
    poolers: { ofCluster: () => Promise.resolve([]) },
    workloads: {
      reading: () => Promise.resolve([]),
      list: () =>
        Promise.resolve({
          reading: () => [],
          environments: () => Promise.resolve([]),
          oldestPodStartedAt: () => Promise.resolve(undefined),
        }),
      rollout: () => Promise.reject(new Error('not in this world')),
      restart: () => Promise.reject(new Error('not in this world')),
      watched: () => [],
    },
    pods: {
      names: () => Promise.resolve([]),
      addresses: () => Promise.resolve([]),
      log: () => Promise.resolve(undefined),
      logSince: () => Promise.resolve(undefined),
      mainContainer: () => Promise.resolve('litellm'),
    },
    events: {
      aboutSecret: (secret, { reason }) => {
        this.writes.push(`event ${reason} about ${secret}`);
        return Promise.resolve();
      },
    },
    surroundings: {
      operatorAnswers: () => Promise.resolve(true),
      cnpgVersion: () => Promise.resolve('1.30.0'),
      reloaderFound: () => Promise.resolve(true),
      lastBackupAt: () => Promise.resolve(new Date(this.time).toISOString()),
    },
    flux: {
      kustomization: () => Promise.resolve(undefined),
      gitRepository: () => Promise.resolve(undefined),
      request: () => Promise.resolve(),
      watched: () => ({ path: '' }),
    },
    rights: { missing: () => Promise.resolve([]) },
    kubernetes: () => Promise.resolve(KUBERNETES),
    kubernetesAheadMs: () => 0,
    portForwards: true,
    openWorkspace: () => Promise.reject(new Error('not in this world')),
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
    sessions: () => Promise.resolve({ found: 0, ended: 0, clients: [] }),
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
