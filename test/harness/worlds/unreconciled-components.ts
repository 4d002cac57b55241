import { randomBytes } from 'node:crypto';
import { KubernetesObjectApi, type KubernetesObject } from '@kubernetes/client-node';
import { serverSideApply } from '../../../sandbox/common/server-side-apply.ts';
import type { World } from '../../../sandbox/harness/world.ts';
import { until } from '../../../sandbox/harness/until.ts';

/** The namespace of the components that CNPG leaves be; nothing else is in this namespace. */
export const UNRECONCILED_NAMESPACE = 'paper-worlds';

/** The names of one component's objects, which follow the catalogue's pattern. */
export interface Names {
  readonly name: string;
  readonly cluster: string;
  readonly role: string;
  readonly secret: string;
  /** The password in its Secret: this component's alone. */
  readonly password: string;
}

type Text = Readonly<Record<string, string>>;

/**
 * A component whose Cluster exists in the API alone: CNPG is told to leave it be, so it may be as wrong as a test wants
 * and costs no PostgreSQL. Without any field it is as a component should be, but for that annotation.
 */
export interface UnreconciledComponent {
  /** Over the Cluster's spec. */
  readonly spec?: (names: Names) => object;
  /** Over the one managed role, or `null` to have none. */
  readonly role?: object | null;
  readonly annotations?: (names: Names) => Text;
  readonly status?: object;
  /** Over the Secret, or `null` to have none. */
  readonly secret?: ((names: Names) => object) | null;
  /** Over the Secret's text; a key with `undefined` is left out. */
  readonly text?: (names: Names) => Readonly<Record<string, string | undefined>>;
  readonly labels?: Text;
  /** Over the Deployment's spec. */
  readonly workload?: (names: Names) => object;
  readonly workloadAnnotations?: Text;
  /** Objects beside these. */
  readonly also?: (names: Names) => readonly object[];
  /** More fields of the component in the catalogue. */
  readonly component?: (names: Names) => object;
}

export function namesOf(index: number): Names {
  const name = `paper-${index}`;
  return {
    name,
    cluster: `${name}-postgresql`,
    role: name,
    secret: `${name}-db-secret`,
    password: randomBytes(18).toString('base64url'),
  };
}

/** Makes such components in a namespace of their own, and removes them with the namespace. */
export class UnreconciledComponents {
  readonly #api: KubernetesObjectApi;

  constructor(private readonly world: World) {
    this.#api = KubernetesObjectApi.makeApiClient(world.config);
  }

  async open(): Promise<void> {
    await this.close();
    await this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: UNRECONCILED_NAMESPACE } });
  }

  async make(names: Names, paper: UnreconciledComponent): Promise<void> {
    const objects = [
      cluster(names, paper),
      secret(names, paper),
      workload(names, paper),
      ...(paper.also?.(names) ?? []),
    ];
    for (const object of objects) if (object !== undefined) await this.apply(object);
    await this.world.setClusterStatus(UNRECONCILED_NAMESPACE, names.cluster, {
      phase: 'Cluster in healthy state',
      currentPrimary: `${names.cluster}-1`,
      targetPrimary: `${names.cluster}-1`,
      ...paper.status,
    });
  }

  async apply(object: object): Promise<void> {
    const { kind, metadata, ...rest } = object as KubernetesObject & { readonly metadata: object };
    const where = kind === 'Namespace' ? {} : { namespace: UNRECONCILED_NAMESPACE };
    await serverSideApply(
      this.#api,
      { ...rest, ...(kind !== undefined && { kind }), metadata: Object.assign(where, metadata) },
      'cnpg-rotator-e2e',
    );
  }

  async close(): Promise<void> {
    const { core } = this.world;
    await core.deleteNamespace({ name: UNRECONCILED_NAMESPACE }).catch(() => undefined);
    const gone = () =>
      core.readNamespace({ name: UNRECONCILED_NAMESPACE }).then(
        () => false,
        () => true,
      );
    await until('the namespace of the unreconciled components to be gone', gone, 90_000);
  }
}

function cluster(names: Names, { spec, role, annotations }: UnreconciledComponent): object {
  const managed = { name: names.role, ensure: 'present', login: true, passwordSecret: { name: names.secret }, ...role };
  return {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: {
      name: names.cluster,
      annotations: { 'cnpg.io/reconciliationLoop': 'disabled', ...annotations?.(names) },
    },
    spec: {
      instances: 1,
      imageName: 'localhost/postgresql:15.18',
      storage: { size: '1Gi' },
      managed: { roles: role === null ? [] : [managed] },
      ...spec?.(names),
    },
  };
}

function secret(names: Names, { secret: more, text, labels }: UnreconciledComponent): object | undefined {
  if (more === null) return undefined;
  const all: Record<string, string | undefined> = {
    username: names.role,
    password: names.password,
    ...text?.(names),
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: names.secret, labels: { 'cnpg.io/reload': 'true', ...labels } },
    type: 'kubernetes.io/basic-auth',
    stringData: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    ...more?.(names),
  };
}

/** No pod of it ever runs: it is scaled to none, or has nowhere to go. */
function workload(names: Names, { workload: more, workloadAnnotations }: UnreconciledComponent): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: names.name, annotations: workloadAnnotations ?? { 'reloader.stakater.com/auto': 'true' } },
    spec: { replicas: 0, ...podsOf(names), ...more?.(names) },
  };
}

/** The part of a workload's spec that says which pods it has. */
export function podsOf(
  names: Names,
  { probe = true, annotations = {} }: { readonly probe?: boolean; readonly annotations?: Text } = {},
): object {
  return {
    selector: { matchLabels: { app: names.name } },
    template: {
      metadata: { labels: { app: names.name }, annotations },
      spec: {
        nodeSelector: { 'paper-worlds': 'nowhere' },
        containers: [
          {
            name: 'application',
            image: 'localhost/application:none',
            env: [{ name: 'PGPASSWORD', valueFrom: { secretKeyRef: { name: names.secret, key: 'password' } } }],
            ...(probe && { readinessProbe: { httpGet: { path: '/ready', port: 8080 } } }),
          },
        ],
      },
    },
  };
}
