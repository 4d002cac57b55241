import { WORKLOAD_KINDS } from '../component.ts';
import { IDENTITY_NAMESPACE } from '../kubernetes-identity.ts';
import type { NamespaceNames } from './names.ts';
import type { RightsOptions } from './options.ts';

/** A rule of a Role, as Kubernetes has it. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Absent: every object of the namespace. */
  readonly resourceNames?: readonly string[];
}

/** A rule, and why the worker needs the rule. */
export interface ExplainedRule {
  readonly why: string;
  readonly rule: PolicyRule;
}

const CNPG = 'postgresql.cnpg.io';
const FLUX = { kustomizations: 'kustomize.toolkit.fluxcd.io', gitRepositories: 'source.toolkit.fluxcd.io' } as const;

/** A rule for all objects. */
const on = (why: string, apiGroup: string, resources: readonly string[], verbs: readonly string[]): ExplainedRule => ({
  why,
  rule: { apiGroups: [apiGroup], resources, verbs },
});

/** A rule for these objects alone; none where nothing is named, because no names at all would mean every object. */
const onNamed = (
  why: string,
  apiGroup: string,
  resource: string,
  verbs: readonly string[],
  resourceNames: readonly string[],
): readonly ExplainedRule[] =>
  resourceNames.length === 0
    ? []
    : [{ why, rule: { apiGroups: [apiGroup], resources: [resource], verbs, resourceNames } }];

/** What a rotation uses in one namespace. The chart's `_rules.tpl` has the same rules in the same order. */
export function rotationRules(names: NamespaceNames, options: RightsOptions): readonly ExplainedRule[] {
  return [
    ...secretRules(names),
    ...cnpgRules(names),
    ...consumerRules(names),
    ...podRules(names, options),
    ...fluxRules(names),
  ];
}

function secretRules(names: NamespaceNames): readonly ExplainedRule[] {
  const { components, discovers } = names;
  const verbs = [...(components.length > 0 ? ['create'] : []), ...(discovers ? ['list'] : [])];
  const why = [
    ...(components.length > 0 ? ['create: RBAC cannot name what is yet to be created.'] : []),
    ...(discovers
      ? ['list: finds other Secrets that hold the password. With discover: false in the catalogue, no list.']
      : []),
  ];
  return [
    ...onNamed(
      'The Secrets that change with the password. They are never deleted.',
      '',
      'secrets',
      ['get', 'patch'],
      names.changed,
    ),
    ...onNamed(
      "The login roles' Secrets of alternating roles. They hold verifiers.",
      '',
      'secrets',
      ['get', 'patch'],
      names.loginSecrets,
    ),
    ...onNamed(
      "The staging Secrets: a rotation's write-ahead log and lock.",
      '',
      'secrets',
      ['get', 'patch', 'delete'],
      names.staging,
    ),
    ...(verbs.length === 0 ? [] : [on(why.join(' '), '', ['secrets'], verbs)]),
    ...onNamed(
      "Only read: the servers' certificate authorities, copies, and Secrets that come from Git.",
      '',
      'secrets',
      ['get'],
      names.read,
    ),
  ];
}

function cnpgRules({ components, clusters, databaseRoles }: NamespaceNames): readonly ExplainedRule[] {
  const verbs = ['get', 'watch', 'patch'];
  return [
    ...onNamed('patch: the annotation that makes CNPG look again.', CNPG, 'clusters', verbs, clusters),
    ...onNamed(
      'The same for roles that DatabaseRoles declare (CNPG 1.30).',
      CNPG,
      'databaseroles',
      verbs,
      databaseRoles,
    ),
    ...(components.length === 0
      ? []
      : [
          on(
            'Optional: DatabaseRoles, a recent backup, and the Poolers that logins are proven through.',
            CNPG,
            ['databaseroles', 'backups', 'poolers'],
            ['list'],
          ),
        ]),
  ];
}

function consumerRules({ isOfCatalogue, workloads }: NamespaceNames): readonly ExplainedRule[] {
  if (!isOfCatalogue) return [];
  const apps = WORKLOAD_KINDS.filter((kind) => kind !== 'Rollout').map((kind) => `${kind.toLowerCase()}s`);
  const named = WORKLOAD_KINDS.flatMap((kind) =>
    onNamed(
      `get, watch, patch: the ${kind}s that a rotation restarts.`,
      kind === 'Rollout' ? 'argoproj.io' : 'apps',
      `${kind.toLowerCase()}s`,
      ['get', 'watch', 'patch'],
      workloads.filter((one) => one.kind === kind).map(({ name }) => name),
    ),
  );
  const verbs = workloads.length > 0 ? ['list'] : ['get', 'list', 'watch', 'patch'];
  return [
    on(
      'Optional: a password in a ConfigMap, and the user and the host that a container takes from one.',
      '',
      ['configmaps'],
      ['get', 'list'],
    ),
    on('Optional: Jobs and CronJobs that use the password.', 'batch', ['jobs', 'cronjobs'], ['list']),
    on('list: which workloads read a Secret. patch: a rollout where Reloader makes none.', 'apps', apps, verbs),
    on('Optional: the same for Rollouts of Argo.', 'argoproj.io', ['rollouts'], verbs),
    ...named,
  ];
}

function podRules(names: NamespaceNames, { exec, portForward }: RightsOptions): readonly ExplainedRule[] {
  if (!names.isOfCatalogue) return [];
  const isHome = names.components.length > 0;
  const pods = (why: string, verbs: readonly string[], subresource = ''): ExplainedRule =>
    on(why, '', [`pods${subresource}`], verbs);
  return [
    pods('Which pods read a Secret, and whether each old one is gone.', ['list', 'watch']),
    ...(names.deletesPods ? [pods('Old pods that no controller replaces when they are not ready.', ['delete'])] : []),
    pods(
      'The last lines of a pod that does not come up, and refused logins in the log of PostgreSQL.',
      ['get'],
      '/log',
    ),
    ...(isHome && portForward
      ? [
          ...onNamed(
            'Logins through the API server, for a worker outside of the cluster.',
            '',
            'services',
            ['get'],
            names.services,
          ),
          pods('The port-forward of these logins.', ['get', 'create'], '/portforward'),
        ]
      : []),
    ...(isHome && exec
      ? [pods('The emergency ALTER USER, and looks as the superuser.', ['get', 'create'], '/exec')]
      : []),
    ...(isHome ? [on("The rotation's Events.", '', ['events'], ['create'])] : []),
  ];
}

function fluxRules({ kustomizations, gitRepositories, configMaps }: NamespaceNames): readonly ExplainedRule[] {
  return [
    ...onNamed(
      'patch: the annotation that asks Flux for the commit.',
      FLUX.kustomizations,
      'kustomizations',
      ['get', 'watch', 'patch'],
      kustomizations,
    ),
    ...onNamed(
      'patch: the annotation that asks Flux for the commit.',
      FLUX.gitRepositories,
      'gitrepositories',
      ['get', 'patch'],
      gitRepositories,
    ),
    ...onNamed('The variables of which Flux makes names.', '', 'configmaps', ['get'], configMaps),
  ];
}

/** What an adoption, or its undoing, uses besides. Empty in a namespace that is no component's own. */
export function adoptionRules(
  { components, adoption }: NamespaceNames,
  { exec }: RightsOptions,
): readonly ExplainedRule[] {
  if (components.length === 0) return [];
  const { secrets, ownerObjects, loginObjects } = adoption;
  return [
    ...onNamed(
      'The Secrets of the owner and of the two login roles, which CNPG alone reads.',
      '',
      'secrets',
      ['get', 'patch', 'delete'],
      secrets,
    ),
    ...onNamed('The DatabaseRoles that declare the owners.', CNPG, 'databaseroles', ['patch'], ownerObjects),
    ...onNamed('The DatabaseRoles of the login roles.', CNPG, 'databaseroles', ['patch', 'delete'], loginObjects),
    ...(loginObjects.length === 0
      ? []
      : [on('create: RBAC cannot name what is yet to be created.', CNPG, ['databaseroles'], ['create'])]),
    on('Whether a Pooler knows its users by name.', CNPG, ['poolers'], ['list']),
    ...(exec ? [] : [on('An adoption runs psql in the pod of the primary.', '', ['pods/exec'], ['get', 'create'])]),
  ];
}

/** The rights outside of the catalogue's namespaces. */
export function clusterRules({ clientsElsewhere }: RightsOptions): readonly ExplainedRule[] {
  return [
    ...onNamed(
      'Its uid names the Kubernetes cluster, so that no worker of another cluster goes on with a rotation of this one.',
      '',
      'namespaces',
      ['get'],
      [IDENTITY_NAMESPACE],
    ),
    ...(clientsElsewhere
      ? [
          on('Optional: the pod of a client in a namespace that the catalogue does not name.', '', ['pods'], ['list']),
          on('Optional: the workload of that pod.', 'apps', ['replicasets'], ['list']),
        ]
      : []),
  ];
}
