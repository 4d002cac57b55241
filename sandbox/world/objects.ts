import { OWN_PACE } from '../embedded/pods/pod-worker.ts';
import { databaseCluster, roleSecret } from '../common/component-manifests.ts';
import { IMAGE } from '../common/names.ts';
import type { LoadedWorld } from './load.ts';
import { componentsOf, type Place, type PlacedComponent } from './place.ts';
import type { Application, KubernetesManifest } from './schema.ts';

/** The image of a container that logs in; containers of every other image do nothing. */
export const LOGS_IN = 'application';

const NEVER = '24h';

/** What is applied, in this order. */
export interface WorldObjects {
  readonly secrets: readonly KubernetesManifest[];
  readonly clusters: readonly KubernetesManifest[];
  readonly others: readonly KubernetesManifest[];
  /** `Deployment/litellm`: those whose pods are to be ready before anything is done. */
  readonly awaited: readonly WorkloadName[];
}

export interface WorkloadName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly seconds: number;
}

/** The file's objects, and those that it leaves out because they are as everywhere. */
export function objectsOf(world: LoadedWorld, place: Place, image: string): WorldObjects {
  const components = componentsOf(world, place);
  const own = place.within(world.objects).map((object) => inNamespace(object, place));
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
  const isWorkload = ({ kind }: KubernetesManifest): boolean =>
    ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod', 'Job', 'CronJob'].includes(kind);
  const applications =
    world.applications ?? (own.some(isWorkload) ? [] : components.map((one) => ordinaryApplication(one, all, place)));
  const workloads = applications.map((one) => applicationObject(one, place));
  return {
    secrets: all.filter(({ kind }) => kind === 'Secret'),
    clusters: all.filter(({ kind }) => kind === 'Cluster'),
    others: [...all.filter(({ kind }) => kind !== 'Secret' && kind !== 'Cluster'), ...workloads],
    awaited: [
      ...own.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet').map((one) => awaited(one, 0)),
      ...applications.flatMap((one, index) => {
        const workload = workloads[index];
        return one.neverReady || workload === undefined
          ? []
          : [awaited(workload, one.replicas * (one.readyAfterSeconds ?? 0))];
      }),
    ],
  };
}

function awaited({ kind, metadata }: KubernetesManifest, seconds: number): WorkloadName {
  return { kind, namespace: metadata.namespace ?? '', name: metadata.name, seconds };
}

function inNamespace(object: KubernetesManifest, place: Place): KubernetesManifest {
  const { namespace } = object.metadata;
  return {
    ...object,
    metadata: { ...object.metadata, namespace: namespace === undefined ? place.home : place.of(namespace) },
  };
}

/** The database has the role's name, whatever the catalogue says that it has. */
function ordinaryCluster(component: PlacedComponent, { database }: LoadedWorld, image: string): KubernetesManifest {
  const { spec, ...cluster } = databaseCluster(component, image);
  const postgresql = { ...spec.postgresql, ...(database.hba.length > 0 && { pg_hba: database.hba }) };
  return { ...cluster, spec: { ...spec, postgresql, ...database.spec } };
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
    env: [
      ...Object.entries(of.env).map(([name, value]) => ({ name, value: place.text(value) })),
      ...Object.entries(of.reads).map(([name, key]) => {
        const parts = key.split('/');
        return { name, valueFrom: { secretKeyRef: { name: parts.at(-2) ?? '', key: parts.at(-1) ?? '' } } };
      }),
      ...(pace === undefined ? [] : [{ name: 'READY_AFTER', value: pace }]),
    ],
  };
  const object = {
    apiVersion: 'apps/v1',
    kind: of.kind,
    metadata: {
      name: of.name,
      namespace,
      labels,
      annotations: { ...(of.reloader && { 'reloader.stakater.com/auto': 'true' }), ...of.annotations },
    },
    spec: {
      replicas: of.replicas,
      selector: { matchLabels: { app: of.name } },
      ...(of.kind === 'StatefulSet' && { serviceName: of.name }),
      template: {
        metadata: { labels, ...(pace !== undefined && { annotations: { [OWN_PACE]: 'true' } }) },
        spec: { terminationGracePeriodSeconds: 2, containers: [container] },
      },
    },
  };
  return withRunnableImages(object);
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
      readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1, timeoutSeconds: 3 },
      resources: { requests: { cpu: '10m', memory: '16Mi' } },
      ...container,
      image: IMAGE.application,
      env: [...env, ...missing],
    };
  };
  return JSON.parse(
    JSON.stringify(object, (key, entry: unknown) =>
      key === 'containers' && Array.isArray(entry) ? (entry as Container[]).map(runnable) : entry,
    ),
  ) as KubernetesManifest;
}
