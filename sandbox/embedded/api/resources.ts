import type { ResourceName } from './objects.ts';

/** How a resource is served. */
export interface Resource {
  readonly name: ResourceName;
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  /** Whether its status is written apart, by `…/status`. */
  readonly status: boolean;
  /** Of a CustomResourceDefinition: those know no strategic merge patch. */
  readonly custom: boolean;
  /** As kubectl's users write it: `ns`. */
  readonly short?: string;
}

type Traits = Partial<Pick<Resource, 'namespaced' | 'status' | 'custom' | 'short'>>;

function resource(name: ResourceName, kind: string, groupVersion: string, traits: Traits = {}): Resource {
  const [version = '', group = ''] = groupVersion.split('/').reverse();
  return { name, kind, group, version, namespaced: true, status: false, custom: false, ...traits };
}

const CORE = 'v1';
const APPS = 'apps/v1';
const RBAC = 'rbac.authorization.k8s.io/v1';
const CNPG = 'postgresql.cnpg.io/v1';
const ARGO = 'argoproj.io/v1alpha1';
const FLUX_SOURCE = 'source.toolkit.fluxcd.io/v1';
const FLUX_KUSTOMIZE = 'kustomize.toolkit.fluxcd.io/v1';

export const RESOURCES: readonly Resource[] = [
  resource('namespaces', 'Namespace', CORE, { namespaced: false, status: true, short: 'ns' }),
  resource('secrets', 'Secret', CORE),
  resource('configmaps', 'ConfigMap', CORE, { short: 'cm' }),
  resource('services', 'Service', CORE, { status: true, short: 'svc' }),
  resource('serviceaccounts', 'ServiceAccount', CORE, { short: 'sa' }),
  resource('pods', 'Pod', CORE, { status: true, short: 'po' }),
  resource('events', 'Event', CORE, { short: 'ev' }),
  resource('replicationcontrollers', 'ReplicationController', CORE, { status: true }),
  resource('deployments', 'Deployment', APPS, { status: true, short: 'deploy' }),
  resource('statefulsets', 'StatefulSet', APPS, { status: true, short: 'sts' }),
  resource('daemonsets', 'DaemonSet', APPS, { status: true, short: 'ds' }),
  resource('replicasets', 'ReplicaSet', APPS, { status: true, short: 'rs' }),
  resource('jobs', 'Job', 'batch/v1', { status: true }),
  resource('cronjobs', 'CronJob', 'batch/v1', { status: true }),
  resource('rollouts', 'Rollout', ARGO, { status: true, custom: true }),
  resource('clusters', 'Cluster', CNPG, { status: true, custom: true }),
  resource('backups', 'Backup', CNPG, { status: true, custom: true }),
  resource('databaseroles', 'DatabaseRole', CNPG, { status: true, custom: true }),
  resource('gitrepositories', 'GitRepository', FLUX_SOURCE, { status: true, custom: true }),
  resource('kustomizations', 'Kustomization', FLUX_KUSTOMIZE, { status: true, custom: true }),
  resource('roles', 'Role', RBAC),
  resource('rolebindings', 'RoleBinding', RBAC),
  resource('clusterroles', 'ClusterRole', RBAC, { namespaced: false }),
  resource('clusterrolebindings', 'ClusterRoleBinding', RBAC, { namespaced: false }),
];

const BY_NAME = new Map(RESOURCES.map((entry) => [entry.name, entry]));

export function describeResource(name: ResourceName): Resource {
  const found = BY_NAME.get(name);
  if (found === undefined) throw new TypeError(`the embedded API server has no resource ${name}`);
  return found;
}

/** `v1`, or `apps/v1`. */
export function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** As errors call it: `secrets`, or `deployments.apps`. */
export function qualifiedName({ name, group }: Pick<Resource, 'name' | 'group'>): string {
  return group === '' ? name : `${name}.${group}`;
}
