import { OWN_PACE } from '../embedded/pods/pod-worker.ts';
import { databaseCluster, roleSecret } from '../common/component-manifests.ts';
import { IMAGE } from '../common/names.ts';
import { postgresImage } from '../embedded/postgres/versions.ts';
import type { LoadedWorld } from './load.ts';
import { isPooler, withPgbouncer } from './poolers.ts';
import { componentsOf, type Place, type PlacedComponent } from './place.ts';
import { APPLICATION_KINDS, type Application, type KubernetesManifest } from './schema.ts';

/** The image of a container that logs in; containers of every other image do nothing. */
export const LOGS_IN = 'application';

/** The image of a container that runs a command of the file: PostgreSQL's. */
const HAS_A_SHELL = 'postgresql';

const NEVER = '24h';

/** Kinds that are applied one after the other, before all others. */
const FIRST: ReadonlySet<string> = new Set(['Secret', 'Cluster', 'DatabaseRole']);

/** Kinds of a file's own objects that are to be ready before anything is done. */
const AWAITED: ReadonlySet<string> = new Set([
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Rollout'],
]);

/** What is applied, in this order. */
export interface WorldObjects {
  readonly secrets: readonly KubernetesManifest[];
  readonly clusters: readonly KubernetesManifest[];
  /** DatabaseRoles. */
  readonly roles: readonly KubernetesManifest[];
  readonly others: readonly KubernetesManifest[];
  /** `Deployment/litellm`: those whose pods are to be ready before anything is done. */
  readonly awaited: readonly WorkloadName[];
}

export interface WorkloadName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly seconds: number;
}

/** The file's objects, and those that it leaves out because they are as everywhere. */
export function objectsOf(world: LoadedWorld, place: Place, usual: string, pgbouncer?: string): WorldObjects {
  const { postgresql } = world.database;
  const image = postgresql === undefined ? usual : postgresImage(postgresql);
  const components = componentsOf(world, place);
  const own = place
    .within(world.objects)
    .map((object) => withPgbouncer(withImage(inNamespace(object, place), image), pgbouncer));
  const has = (kind: string, namespace: string, name: string): boolean =>
    world.absent.includes(`${kind}/${name}`) ||
    own.some((one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace);
  const made = components.flatMap((component) => [
    ...(has('Secret', component.namespace, component.secret)
      ? []
      : [roleSecret(component, `the-first-password-of-${component.name}`)]),
    ...(has('Cluster', component.namespace, component.cluster) ? [] : [ordinaryCluster(component, world, image)]),
  ]);
  const all = [...made, ...own].map(withRunnableImages);
  const isWorkload = ({ kind }: KubernetesManifest): boolean => APPLICATION_KINDS.some((known) => known === kind);
  const applications =
    world.applications ?? (own.some(isWorkload) ? [] : components.map((one) => ordinaryApplication(one, all, place)));
  const workloads = applications.map((one) => applicationObject(one, place));
  return {
    secrets: all.filter(({ kind }) => kind === 'Secret'),
    clusters: all.filter(({ kind }) => kind === 'Cluster'),
    roles: all.filter(({ kind }) => kind === 'DatabaseRole'),
    others: [...all.filter(({ kind }) => !FIRST.has(kind)), ...workloads],
    awaited: [
      ...own.filter(({ kind }) => AWAITED.has(kind)).map((one) => awaited(one, 0)),
      // CNPG makes a Deployment of a Pooler's name.
      ...own.filter(isPooler).map((one) => awaited({ ...one, apiVersion: 'apps/v1', kind: 'Deployment' }, 0)),
      ...applications.flatMap((one, index) => {
        const workload = workloads[index];
        return one.neverReady || workload === undefined
          ? []
          : [awaited(workload, one.replicas * (one.readyAfterSeconds ?? 0))];
      }),
    ],
  };
}

function awaited({ apiVersion, kind, metadata }: KubernetesManifest, seconds: number): WorkloadName {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name, seconds };
}

/**
 * A Cluster of the file's own runs the PostgreSQL that the sandbox has, where the file does not choose one. A container of
 * the image `postgresql` gets the same one.
 */
function withImage(object: KubernetesManifest, image: string): KubernetesManifest {
  if (object.kind === 'Cluster') return { ...object, spec: { imageName: image, ...(object['spec'] as object) } };
  return withContainers(object, (container) =>
    container.image === HAS_A_SHELL ? { imagePullPolicy: 'IfNotPresent', ...container, image } : container,
  );
}

/** Annotations of a copy that name its source, and of a source that name the namespaces of its copies. */
const NAMES_A_SECRET =
  /^(reflector\.v1\.k8s\.emberstack\.com\/reflects|replicator\.v1\.mittwald\.de\/replicate-from|sandbox\.cnpg-rotator\/external-secret-of)$/;
const NAMES_NAMESPACES = /^(reflector|replicator)\.v1\..*\/(.*-namespaces|replicate-to)$/;

/** One of the file's objects, in the place of the world. */
export function placedObject(object: KubernetesManifest, place: Place): KubernetesManifest {
  return withRunnableImages(inNamespace(place.within(object), place));
}

function inNamespace(object: KubernetesManifest, place: Place): KubernetesManifest {
  const { namespace, annotations, ...metadata } = object.metadata;
  const own = (annotations ?? {}) as Readonly<Record<string, string>>;
  const placed = Object.entries(own).map(([name, value]) => {
    if (NAMES_A_SECRET.test(name)) return [name, place.reference(value)];
    return [
      name,
      NAMES_NAMESPACES.test(name)
        ? value
            .split(',')
            .map((one) => place.of(one.trim()))
            .join(',')
        : value,
    ];
  });
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(annotations !== undefined && { annotations: Object.fromEntries(placed) as object }),
      namespace: namespace === undefined ? place.home : place.of(namespace),
    },
  };
}

/** The database has the role's name or that of the world, whatever the catalogue says that it has. */
function ordinaryCluster(component: PlacedComponent, { database }: LoadedWorld, image: string): KubernetesManifest {
  const { spec, ...cluster } = databaseCluster(component, image);
  const { initdb } = spec.bootstrap;
  const bootstrap = { initdb: { ...initdb, database: database.name ?? initdb.database } };
  const postgresql = { ...spec.postgresql, ...(database.hba.length > 0 && { pg_hba: database.hba }) };
  return { ...cluster, spec: { ...spec, bootstrap, postgresql, ...database.spec } };
}

/** It reads the role's Secret: its URI, where that has one. */
function ordinaryApplication(
  { name, namespace, secret, cluster, role }: PlacedComponent,
  objects: readonly KubernetesManifest[],
  place: Place,
): Application {
  const live = objects.find(
    ({ kind, metadata }) => kind === 'Secret' && metadata.name === secret && metadata.namespace === namespace,
  );
  const { stringData = {} } = (live ?? {}) as { stringData?: Record<string, string> };
  const whole = `${place.back(namespace)}/${secret}`;
  const reads: Record<string, string> =
    stringData['uri'] !== undefined
      ? { DATABASE_URL: `${whole}/uri` }
      : { DATABASE_USERNAME: `${whole}/username`, DATABASE_PASSWORD: `${whole}/password` };
  const env: Record<string, string> =
    stringData['uri'] !== undefined ? {} : { DATABASE_HOST: `${cluster}-rw`, DATABASE_NAME: role };
  return {
    ...{ name, namespace: place.back(namespace), kind: 'Deployment', replicas: 1, reads, env },
    ...{ neverReady: false, reloader: true, annotations: {}, labels: {} },
  };
}

function applicationObject(of: Application, place: Place): KubernetesManifest {
  const namespace = of.namespace === undefined ? place.home : place.of(of.namespace);
  const labels = { app: of.name, ...of.labels };
  const pace = of.neverReady ? NEVER : of.readyAfterSeconds === undefined ? undefined : `${of.readyAfterSeconds}s`;
  const container = {
    name: of.name,
    image: LOGS_IN,
    ...(of.readyAfterSeconds !== undefined && { readinessProbe: probeAfter(of.readyAfterSeconds) }),
    env: [
      ...Object.entries(of.env).map(([name, value]) => ({ name, value: place.text(value) })),
      ...Object.entries(of.reads).map(([name, key]) => {
        const parts = key.split('/');
        return { name, valueFrom: { secretKeyRef: { name: parts.at(-2) ?? '', key: parts.at(-1) ?? '' } } };
      }),
      ...(pace === undefined ? [] : [{ name: 'READY_AFTER', value: pace }]),
      ...(of.endsAfterSeconds === undefined ? [] : [{ name: 'ENDS_AFTER', value: `${of.endsAfterSeconds}s` }]),
    ],
  };
  const template = {
    metadata: { labels, ...(pace !== undefined && { annotations: { [OWN_PACE]: 'true' } }) },
    spec: { terminationGracePeriodSeconds: 2, containers: [container] },
  };
  const annotations = { ...(of.reloader && { 'reloader.stakater.com/auto': 'true' }), ...of.annotations };
  return withRunnableImages(ofKind(of, { name: of.name, namespace, labels, annotations }, template));
}

/** As applications declare how long they take to start. */
function probeAfter(seconds: number) {
  const initialDelaySeconds = Math.floor(seconds);
  return { httpGet: { path: '/ready', port: 8080 }, initialDelaySeconds, periodSeconds: 1, timeoutSeconds: 3 };
}

interface Template {
  readonly metadata: { readonly labels: object; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: object;
}

/** What a kind has around the pods of an application. */
function ofKind(
  { name, kind, replicas }: Application,
  metadata: KubernetesManifest['metadata'] & { readonly annotations: object },
  template: Template,
): KubernetesManifest {
  const selector = { matchLabels: { app: name } };
  const endsOnce = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
  switch (kind) {
    case 'Pod': {
      const annotations = { ...metadata.annotations, ...template.metadata.annotations };
      return { apiVersion: 'v1', kind, metadata: { ...metadata, annotations }, spec: endsOnce.spec };
    }
    case 'Job':
      return { apiVersion: 'batch/v1', kind, metadata, spec: { template: endsOnce } };
    case 'CronJob': {
      // In a year at the earliest.
      const spec = { schedule: '0 0 29 2 *', jobTemplate: { spec: { template: endsOnce } } };
      return { apiVersion: 'batch/v1', kind, metadata, spec };
    }
    case 'Rollout': {
      const spec = { replicas, selector, template, strategy: { canary: {} } };
      return { apiVersion: 'argoproj.io/v1alpha1', kind, metadata, spec };
    }
    case 'ReplicationController': {
      const spec = { replicas, selector: selector.matchLabels, template };
      return { apiVersion: 'v1', kind, metadata, spec };
    }
    case 'DaemonSet':
      return { apiVersion: 'apps/v1', kind, metadata, spec: { selector, template } };
    case 'StatefulSet':
      return { apiVersion: 'apps/v1', kind, metadata, spec: { replicas, serviceName: name, selector, template } };
    default:
      return { apiVersion: 'apps/v1', kind, metadata, spec: { replicas, selector, template } };
  }
}

interface Container {
  readonly image?: string;
  readonly env?: readonly { readonly name: string }[];
  readonly [key: string]: unknown;
}

/** A container of the image `application` becomes the sandbox's, which says by its probe whether it logs in. */
function withRunnableImages(object: KubernetesManifest): KubernetesManifest {
  const runnable = (container: Container): Container => {
    if (container.image !== LOGS_IN) return container;
    const env = container.env ?? [];
    const missing = [
      { name: 'INTERVAL', value: '500ms' },
      { name: 'READY_AFTER', value: '1s' },
    ].filter(({ name }) => !env.some((one) => one.name === name));
    return {
      imagePullPolicy: 'IfNotPresent',
      readinessProbe: probeAfter(0),
      resources: { requests: { cpu: '10m', memory: '16Mi' } },
      ...container,
      image: IMAGE.application,
      env: [...env, ...missing],
    };
  };
  return withContainers(object, runnable);
}

function withContainers(object: KubernetesManifest, change: (container: Container) => Container): KubernetesManifest {
  return JSON.parse(
    JSON.stringify(object, (key, entry: unknown) =>
      key === 'containers' && Array.isArray(entry) ? (entry as Container[]).map(change) : entry,
    ),
  ) as KubernetesManifest;
}
