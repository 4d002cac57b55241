import {
  isWorkload,
  namespacesOf,
  readWriteService,
  managedLogins,
  workloadName,
  secretAt,
  WORKLOAD_KINDS,
  type Component,
  type ConsumerRef,
  type SecretReader,
  type WorkloadKind,
} from '../component.ts';
import { stagingSecretName } from '../marks.ts';
import { IDENTITY_NAMESPACE } from '../kubernetes-identity.ts';
import type { ObjectRef } from '../source.ts';

/** The files that show where the rights stand. `cnpg-rotate rights` prints the same for any catalogue. */
export type Manifest =
  'deploy/rbac.yaml' | 'deploy/rbac-consumers.yaml' | 'deploy/rbac-adoption.yaml' | 'deploy/rbac-gitops.yaml';

/** One right that the worker's account needs, in the terms of the API server's authorization. */
export interface Right {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Empty for a right in all namespaces. */
  readonly namespace: string;
  /** Absent: all objects of the namespace, or objects that do not exist yet. */
  readonly name?: string;
  /** The manifest of ours that grants the right. */
  readonly manifest: Manifest;
  /** What a rotation leaves out without the right; absent where the rotation needs the right. */
  readonly without?: string;
  /** Why this rotation needs the right, where most do not. */
  readonly because?: string;
}

/** The facts that decide which rights a rotation needs. */
export interface RightsQuestion {
  readonly component: Component;
  /** Every Secret that changes with the password. */
  readonly secrets: readonly string[];
  /** Those of the Secrets that somebody else copies. */
  readonly copies?: readonly string[];
  readonly workloads: readonly RestartedWorkload[];
  /** Names of the DatabaseRoles that declare the component's roles; absent where `managed.roles` does. */
  readonly databaseRoles?: readonly string[];
  /** That one of them for which CNPG generates the password. */
  readonly generatedBy?: string | undefined;
  /** The Secret with the server's certificate authority (CA). */
  readonly serverCaSecret: string;
  /** The worker runs outside of the cluster and reaches PostgreSQL through a port-forward. */
  readonly portForwards: boolean;
  /** Only with the source gitops. */
  readonly gitops?: {
    /** The login roles' own Secrets that a commit changes. */
    readonly roleSecrets: readonly string[];
    readonly kustomizations: readonly ObjectRef[];
    readonly gitRepositories: readonly ObjectRef[];
  };
}

/** `surely`: its controller does not replace old pods that are not ready. */
export type DeletesPods = 'as the catalogue says' | 'surely' | 'maybe' | 'never';

interface RestartedWorkload extends ConsumerRef, Pick<SecretReader, 'replacedPods'> {
  /** Whether its restart has to delete pods. */
  readonly deletesPods?: DeletesPods;
}

/** The objects that show who uses the password besides the workloads. */
const CONSUMER_KINDS = [
  {
    group: 'batch',
    resource: 'jobs',
    without: 'pods of CronJobs are named by their Jobs, and texts in Jobs are not seen',
  },
  { group: 'batch', resource: 'cronjobs', without: 'texts in CronJobs are not seen, nor which ones Reloader starts' },
  { group: '', resource: 'configmaps', without: 'a ConfigMap that holds the password is not seen' },
] as const;

/** What CNPG's other objects show. */
const CNPG_KINDS = [
  { resource: 'databaseroles', without: 'a role that a DatabaseRole declares is not seen' },
  { resource: 'backups', without: 'a recent backup by a plugin is not seen' },
  {
    resource: 'poolers',
    without: 'no login is proven through a Pooler, and logins that a PgBouncer refuses are not counted',
  },
] as const;

type Place = Omit<Right, 'verb' | 'without'>;

/** Kinds that version 0.2.0 did not restart. */
const WITHOUT_KIND: Partial<Readonly<Record<WorkloadKind, string>>> = {
  ReplicaSet: 'bare ReplicaSets are not seen, so none is restarted',
  Rollout: 'Rollouts of Argo are not seen, so none is restarted',
};

function resourceOf(kind: WorkloadKind): Pick<Place, 'group' | 'resource'> {
  return { group: kind === 'Rollout' ? 'argoproj.io' : 'apps', resource: `${kind.toLowerCase()}s` };
}

const GENERATED = 'CNPG generates the password, and is asked by an annotation there';

/** Every right that a rotation of the component uses. */
export function neededRights(question: RightsQuestion): readonly Right[] {
  const {
    component,
    secrets,
    copies = [],
    databaseRoles = [],
    generatedBy,
    workloads,
    serverCaSecret,
    portForwards,
    gitops,
  } = question;
  const { cluster } = component;
  const at = (namespace: string) =>
    ({
      group: '',
      namespace,
      manifest: namespace === component.namespace ? 'deploy/rbac.yaml' : 'deploy/rbac-consumers.yaml',
    }) as const;
  const inNamespace = at(component.namespace);
  const secret = (name: string): Place => ({ ...inNamespace, resource: 'secrets', name });
  const pods = { ...inNamespace, resource: 'pods' };
  const roleSecrets = component.strategy === 'alternating' ? managedLogins(component).map((login) => login.secret) : [];
  return [
    ...allow(['get'], {
      ...inNamespace,
      namespace: IDENTITY_NAMESPACE,
      resource: 'namespaces',
      name: IDENTITY_NAMESPACE,
    }),
    // With the source gitops, Flux writes the Secrets.
    ...secrets.flatMap((ref) => {
      const { namespace, name } = secretAt(component, ref);
      const verbs = gitops === undefined && !copies.includes(ref) ? ['get', 'patch'] : ['get'];
      return allow(verbs, { ...at(namespace), resource: 'secrets', name });
    }),
    ...roleSecrets.flatMap((name) =>
      allow(gitops?.roleSecrets.includes(name) === true ? ['get'] : ['get', 'patch'], secret(name)),
    ),
    ...allow(['create'], { ...inNamespace, resource: 'secrets' }),
    ...allow(['get', 'patch', 'delete'], secret(stagingSecretName(component))),
    ...allow(['get'], secret(serverCaSecret)),
    ...allow(['get', 'watch', 'patch'], {
      ...inNamespace,
      group: 'postgresql.cnpg.io',
      resource: 'clusters',
      name: cluster,
    }),
    ...databaseRoles.flatMap((name) => {
      const place = { ...inNamespace, group: 'postgresql.cnpg.io', resource: 'databaseroles', name };
      if (name === generatedBy) return allow(['get', 'watch', 'patch'], { ...place, because: GENERATED });
      return allow(
        ['watch', 'patch'],
        place,
        `CNPG is not asked again where it misses a change for DatabaseRole ${name}`,
      );
    }),
    ...namespacesOf(component).flatMap((namespace) => [
      ...allow(['list', 'watch'], { ...at(namespace), resource: 'pods' }),
      ...WORKLOAD_KINDS.flatMap((kind) =>
        allow(['list'], { ...at(namespace), ...resourceOf(kind) }, WITHOUT_KIND[kind]),
      ),
      ...CONSUMER_KINDS.flatMap(({ group, resource, without }) =>
        allow(['list'], { ...at(namespace), group, resource }, without),
      ),
      ...allow(
        ['get'],
        { ...at(namespace), resource: 'configmaps' },
        'the user and the host that a container takes from a ConfigMap are not seen',
      ),
      ...deletionsOf(
        workloads.filter((one) => one.namespace === namespace),
        { ...at(namespace), resource: 'pods' },
      ),
    ]),
    ...workloads
      .filter(isWorkload)
      .flatMap(({ kind, namespace, name }) =>
        allow(['get', 'watch', 'patch'], { ...at(namespace), ...resourceOf(kind), name }),
      ),
    ...(portForwards
      ? [
          ...allow(['get'], { ...inNamespace, resource: 'services', name: readWriteService(component) }),
          ...allow(['get'], { ...pods, subresource: 'portforward' }),
          ...allow(
            ['create'],
            { ...pods, subresource: 'portforward' },
            'no login reaches PostgreSQL through the API server of Kubernetes 1.35 and later',
          ),
        ]
      : []),
    ...allow(
      ['get'],
      { ...pods, subresource: 'log' },
      'refused logins are not counted, and logs of pods that do not come up are not shown',
    ),
    ...execRight(component),
    ...allow(
      ['create'],
      { ...pods, subresource: 'exec' },
      'there is no emergency ALTER USER on Kubernetes 1.35 and later',
    ),
    ...allow(
      ['list'],
      { ...pods, namespace: '' },
      'a client in another namespace is named by its address and not by its pod',
    ),
    ...allow(
      ['list'],
      { ...inNamespace, group: 'apps', resource: 'replicasets', namespace: '' },
      'a client in another namespace is named by its pod and not by its workload',
    ),
    ...CNPG_KINDS.flatMap(({ resource, without }) =>
      allow(['list'], { ...inNamespace, group: 'postgresql.cnpg.io', resource }, without),
    ),
    ...allow(['create'], { ...inNamespace, resource: 'events' }, 'no Event tells of the rotation'),
    ...(gitops === undefined ? [] : gitOpsRights(component, gitops)),
  ];
}

/** The right to run SQL as the superuser in an instance's pod. */
export function execRight({ namespace }: Pick<Component, 'namespace'>): readonly Right[] {
  return allow(
    ['get'],
    { group: '', namespace, manifest: 'deploy/rbac.yaml', resource: 'pods', subresource: 'exec' },
    'there is no emergency ALTER USER, so a rotation that CNPG does not finish is rolled back',
  );
}

/** Only where a restart may have to delete pods: their controller does not replace them. */
function deletionsOf(workloads: RightsQuestion['workloads'], pods: Place): readonly Right[] {
  const which = (when: DeletesPods) =>
    workloads
      .filter(({ deletesPods }) => deletesPods === when)
      .map(workloadName)
      .join(', ');
  const [named, surely, maybe] = [which('as the catalogue says'), which('surely'), which('maybe')];
  if (named !== '' || surely !== '') {
    const because = [
      ...(named === '' ? [] : [`the catalogue has the pods of ${named} restarted`]),
      ...(surely === '' ? [] : [`no controller replaces the old pods of ${surely} when they are not ready`]),
    ].join(', and ');
    return allow(['delete'], pods).map((right) => ({ ...right, because }));
  }
  if (maybe === '') return [];
  return allow(['delete'], pods, `the restart of ${maybe} stands still where an old pod is not ready`);
}

function gitOpsRights(
  { gitops: source }: Component,
  { kustomizations, gitRepositories }: NonNullable<RightsQuestion['gitops']>,
): readonly Right[] {
  const manifest = 'deploy/rbac-gitops.yaml' as const;
  const { credentials, localFiles = {}, variable } = source ?? {};
  const secret = ({ namespace, name }: ObjectRef) => ({ group: '', resource: 'secrets', namespace, name, manifest });
  const shared = Object.entries(localFiles).flatMap(([path, file]) =>
    typeof file === 'string' ? [] : allow(path === variable?.file ? ['get', 'patch'] : ['get'], secret(file)),
  );
  return [
    ...shared,
    ...kustomizations.flatMap((ref) =>
      allow(['get', 'watch', 'patch'], {
        ...ref,
        group: 'kustomize.toolkit.fluxcd.io',
        resource: 'kustomizations',
        manifest,
      }),
    ),
    ...gitRepositories.flatMap((ref) =>
      allow(['get', 'patch'], { ...ref, group: 'source.toolkit.fluxcd.io', resource: 'gitrepositories', manifest }),
    ),
    ...(credentials?.kind === 'secret' ? allow(['get'], secret(credentials)) : []),
  ];
}

/** The verbs on one place. @param without what is left out without them; absent where they are needed. */
export function allow(verbs: readonly string[], place: Place, without?: string): readonly Right[] {
  return verbs.map((verb) => ({ verb, ...place, without }));
}

/** `get, patch secrets ai-system/litellm-db-secret (deploy/rbac.yaml)`, one line for each object. */
export function describeRights(rights: readonly Right[]): readonly string[] {
  const verbs = new Map<string, string[]>();
  for (const right of rights) verbs.set(objectOf(right), [...(verbs.get(objectOf(right)) ?? []), right.verb]);
  return [...verbs].map(([object, all]) => `${all.join(', ')} ${object}`);
}

function objectOf({ group, resource, subresource, namespace, name, manifest, because }: Right): string {
  const what = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`;
  // A namespace is not in a namespace.
  const where =
    resource === 'namespaces'
      ? (name ?? '')
      : name === undefined
        ? `in ${namespace === '' ? 'all namespaces' : namespace}`
        : `${namespace}/${name}`;
  return `${what} ${where} (${manifest})${because === undefined ? '' : `, because ${because}`}`;
}
