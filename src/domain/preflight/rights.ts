import {
  readWriteService,
  managedLogins,
  WORKLOAD_KINDS,
  type Component,
  type SecretReader,
  type WorkloadKind,
} from '../component.ts';
import { stagingSecretName } from '../marks.ts';
import { IDENTITY_NAMESPACE } from '../kubernetes-identity.ts';
import type { ObjectRef } from '../source.ts';

/** The files that grant the rights, and the order in which they are told. */
const MANIFESTS = ['deploy/rbac.yaml', 'deploy/rbac-adoption.yaml', 'deploy/rbac-gitops.yaml'] as const;
export type Manifest = (typeof MANIFESTS)[number];

/** One thing that the worker's account must be allowed, as the API server's authorization knows it. */
export interface Right {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace: string;
  /** Absent: for all objects of the namespace, or for those that are yet to be made. */
  readonly name?: string;
  /** Which of our manifests grants it. */
  readonly manifest: Manifest;
  /** What a rotation does without where the right is missing; absent where the rotation cannot do without. */
  readonly without?: string;
}

/** What decides which rights a rotation will use. */
export interface RightsQuestion {
  readonly component: Component;
  /** Every Secret that changes with the password. */
  readonly secrets: readonly string[];
  readonly workloads: readonly Pick<SecretReader, 'kind' | 'name'>[];
  /** The Secret with the certificate authority of the server. */
  readonly serverCaSecret: string;
  /** The worker is outside of the cluster, and reaches PostgreSQL by a port-forward. */
  readonly portForwards: boolean;
  /** Only with the source gitops. */
  readonly gitops?: {
    /** The login roles' own Secrets that a commit changes. */
    readonly roleSecrets: readonly string[];
    readonly kustomizations: readonly ObjectRef[];
    readonly gitRepositories: readonly ObjectRef[];
  };
}

type Place = Omit<Right, 'verb' | 'without'>;

const resourceOf = (kind: WorkloadKind): string => `${kind.toLowerCase()}s`;

/** Every right that a rotation of the component uses. */
export function neededRights(question: RightsQuestion): readonly Right[] {
  const { component, secrets, workloads, serverCaSecret, portForwards, gitops } = question;
  const { namespace, cluster } = component;
  const inNamespace = { group: '', namespace, manifest: 'deploy/rbac.yaml' } as const;
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
    // With the source gitops Flux writes them.
    ...secrets.flatMap((name) => allow(gitops === undefined ? ['get', 'patch'] : ['get'], secret(name))),
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
    ...allow(['list', 'watch'], pods),
    ...WORKLOAD_KINDS.flatMap((kind) => allow(['list'], { ...inNamespace, group: 'apps', resource: resourceOf(kind) })),
    ...workloads.flatMap(({ kind, name }) =>
      allow(['get', 'watch', 'patch'], { ...inNamespace, group: 'apps', resource: resourceOf(kind), name }),
    ),
    ...(portForwards
      ? [
          ...allow(['get'], { ...inNamespace, resource: 'services', name: readWriteService(component) }),
          // The login itself shows whether the API server asks for "create" too, as it does since Kubernetes 1.35.
          ...allow(['get'], { ...pods, subresource: 'portforward' }),
        ]
      : []),
    ...allow(
      ['get'],
      { ...pods, subresource: 'log' },
      'refused logins are not counted, and logs of pods that do not come up are not shown',
    ),
    ...allow(
      ['get'],
      { ...pods, subresource: 'exec' },
      'there is no emergency ALTER USER, so a rotation that CNPG does not finish is rolled back',
    ),
    ...allow(['create'], { ...inNamespace, resource: 'events' }, 'no Event tells of the rotation'),
    ...(gitops === undefined ? [] : gitOpsRights(component, gitops)),
  ];
}

function gitOpsRights(
  { gitops: source }: Component,
  { kustomizations, gitRepositories }: NonNullable<RightsQuestion['gitops']>,
): readonly Right[] {
  const manifest = 'deploy/rbac-gitops.yaml';
  const { credentials } = source ?? {};
  return [
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
    ...(credentials?.kind === 'secret'
      ? allow(['get'], {
          group: '',
          resource: 'secrets',
          namespace: credentials.namespace,
          name: credentials.name,
          manifest,
        })
      : []),
  ];
}

/** What an adoption, or its undoing, uses besides. */
export function adoptionRights({ namespace }: Component, roleSecrets: readonly string[]): readonly Right[] {
  const manifest = 'deploy/rbac-adoption.yaml';
  return [
    ...roleSecrets.flatMap((name) =>
      allow(['get', 'patch', 'delete'], { group: '', resource: 'secrets', namespace, name, manifest }),
    ),
    ...allow(['list'], { group: 'postgresql.cnpg.io', resource: 'poolers', namespace, manifest }),
    ...allow(['get'], { group: '', resource: 'pods', subresource: 'exec', namespace, manifest: 'deploy/rbac.yaml' }),
  ];
}

function allow(verbs: readonly string[], place: Place, without?: string): readonly Right[] {
  return verbs.map((verb) => ({ verb, ...place, without }));
}

/** `get, patch secrets ai-system/litellm-db-secret (deploy/rbac.yaml)`, one for each object. */
export function describeRights(rights: readonly Right[]): readonly string[] {
  const verbs = new Map<string, string[]>();
  for (const right of rights) verbs.set(objectOf(right), [...(verbs.get(objectOf(right)) ?? []), right.verb]);
  return [...verbs].map(([object, all]) => `${all.join(', ')} ${object}`);
}

function objectOf({ group, resource, subresource, namespace, name, manifest }: Right): string {
  const what = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`;
  // A namespace lies in none.
  const where =
    resource === 'namespaces' ? (name ?? '') : name === undefined ? `in ${namespace}` : `${namespace}/${name}`;
  return `${what} ${where} (${manifest})`;
}

/** The manifests of the rights, each once. */
export function manifestsOf(rights: readonly Right[]): readonly Manifest[] {
  return MANIFESTS.filter((manifest) => rights.some((right) => right.manifest === manifest));
}
