import type { HookRef } from './hook.ts';
import type { PasswordRule } from './password-rule.ts';
import type { GitOpsSource } from './source.ts';

/**
 * One application's credential as the catalogue names it: a managed role of a CNPG Cluster and the Secret that holds the
 * role's password. Every name is filled in.
 */
export interface Component {
  readonly name: string;
  readonly namespace: string;
  /** Name of the CNPG Cluster. */
  readonly cluster: string;
  /** The managed role whose password changes. */
  readonly role: string;
  /** A rotation proves logins on this database. */
  readonly database: string;
  /** The Secret that `managed.roles[].passwordSecret` names. */
  readonly secret: string;
  /** Other Secrets of the namespace that change with the password, besides those that the rotation finds itself. */
  readonly otherSecrets: readonly NamedSecret[];
  /** Other namespaces where the application runs, or another application that logs in as the role. */
  readonly consumers?: readonly ConsumerNamespace[];
  /** Secrets of the namespace, or some of their keys, that a rotation never changes. */
  readonly notSecrets: readonly ExceptedSecret[];
  /** By the Secret's name: the reason why somebody else may write this Secret. */
  readonly secretOwners: Readonly<Record<string, string>>;
  /** Whether a rotation searches the namespace's Secrets for the password. Without it only named Secrets change. */
  readonly discover: boolean;
  readonly strategy: Strategy;
  /** How long one pod of the application may take to become ready, where its objects declare less. */
  readonly restartSeconds?: number;
  readonly alternating: AlternatingRoles;
  /** Consumers that are known to keep the old password. They are told, and block nothing. */
  readonly leftBehind?: readonly ConsumerRef[];
  /** Consumers that take the user's name from the Secrets alone, whatever else seems to name the role. */
  readonly namesNoUser?: readonly ConsumerRef[];
  /** Owners of another kind, whose pods a rotation deletes one by one so that the owner makes them again. */
  readonly restartPods?: readonly ConsumerRef[];
  /** How long a rotation waits for running Jobs that read the Secrets; 0: it does not wait. Default: 120. */
  readonly waitForJobsSeconds?: number;
  /** The place of the password in Git; absent where a rotation changes the Secrets themselves. */
  readonly gitops?: GitOpsSource;
  /** Whether a client that the rotation does not know blocks the rotation. Default: no, such a client is a warning. */
  readonly strict?: boolean;
  /** For so many seconds after its proof a rotation looks who is still refused. Default: 5. */
  readonly watchSeconds?: number;
  /** The hook before the first write; absent where the catalogue has none. The worker's catalogue has the hook itself. */
  readonly hook?: HookRef;
  /** How a new password is made. Default: 40 characters of the 64 of base64url. */
  readonly password?: PasswordRule;
}

/** A Secret that the catalogue names. */
export interface NamedSecret {
  readonly name: string;
  /**
   * The keys that change; absent: the keys with evidence or the same text. A key has a template if it is written in the
   * site's own notation, such as `…{{password}}…`; otherwise its text is empty.
   */
  readonly keys?: Readonly<Record<string, string>>;
}

/** Another namespace whose Secrets change with the password, and whose workloads restart. */
export interface ConsumerNamespace {
  readonly namespace: string;
  /** Secrets of this namespace that change with the password, besides those that the rotation finds itself. */
  readonly secrets: readonly NamedSecret[];
  /** Secrets of this namespace, or some of their keys, that a rotation never changes. */
  readonly notSecrets: readonly ExceptedSecret[];
  /** Secrets of this namespace that somebody else copies from a Secret of the rotation. The rotation only waits for them. */
  readonly copies: readonly string[];
}

/** An object of a known kind. */
export interface ObjectAt {
  readonly namespace: string;
  readonly name: string;
}

export interface ExceptedSecret {
  readonly name: string;
  /** Absent: all of its keys. */
  readonly keys?: readonly string[];
}

/**
 * `in-place`: one role, whose password changes. `alternating`: two login roles take turns, and the old password works
 * until nobody uses it any more.
 */
export const STRATEGIES = ['in-place', 'alternating'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** The roles that take turns with the strategy `alternating`. These are names only: the roles may not exist. */
export interface AlternatingRoles {
  /** The role that owns the tables. Both login roles are members of it and act as it. */
  readonly owner: string;
  readonly logins: readonly [LoginRole, LoginRole];
  /** Whether a rotation gives what a login role owns to the owner. Default: yes. */
  readonly giveBack?: boolean;
  /**
   * Somebody knows that no pool of the application sends DISCARD ALL or RESET ALL. PostgreSQL before 14.14, 15.9, 16.5
   * and 17.1 is adopted only then. Default: nobody knows.
   */
  readonly neverDiscards?: boolean;
  /** Objects that ask who logged in, and that a person has found to work with every login role. */
  readonly sessionUser?: readonly string[];
}

/** A role that logs in, and the Secret from which CNPG sets the role's password. Only CNPG reads this Secret. */
export interface LoginRole {
  readonly role: string;
  /** Holds a SCRAM verifier, no password. */
  readonly secret: string;
}

/** An object that uses the password: of any kind, by its name. */
export interface ConsumerRef {
  /** As the object itself says it, such as `Deployment`, `Workflow` or `Pod`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A workload whose pods read the Secret. */
export interface WorkloadRef {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
}

/** Who is restarted, and the Secrets of the rotation that its pods read: a workload, or an owner of another kind. */
export interface SecretReader extends ConsumerRef {
  readonly secrets: readonly string[];
  /** How many pods the rotation replaces one by one, for an owner of `restartPods`; absent for a workload. */
  readonly replacedPods?: number;
  /** How many of its pods were ready before the rotation; absent where all were. */
  readonly readyBefore?: number;
  /** How long its restart may go on without progress; absent: the documented budget. */
  readonly allowanceSeconds?: number;
  /** How long its whole restart may take; absent: the documented budget. */
  readonly budgetSeconds?: number;
}

/** The kinds that a rotation restarts. A ReplicaSet counts where no controller owns it. A Rollout is Argo's. */
export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Rollout'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** Whether a rotation restarts it by its pod template. */
export function isWorkload<Reader extends ConsumerRef & Pick<SecretReader, 'replacedPods'>>(
  reader: Reader,
): reader is Reader & WorkloadRef {
  return reader.replacedPods === undefined;
}

/** The Service through which CNPG always serves the primary. */
export function readWriteService({ cluster }: Pick<Component, 'cluster'>): string {
  return `${cluster}-rw`;
}

/** `Secret ai-system/litellm-db-secret`: how messages name an object. */
export function objectName(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}

/** `Deployment ai-system/litellm`. */
export function workloadName({ kind, namespace, name }: ConsumerRef): string {
  return objectName(kind, namespace, name);
}

/** `Deployment litellm` in the component's own namespace, `Deployment apps/litellm` in another one. */
export function workloadLabel(component: Pick<Component, 'namespace'>, { kind, ...at }: ConsumerRef): string {
  return `${kind} ${refIn(component, at)}`;
}

/**
 * Where a Secret is that a plan names. A plan says `litellm-env` in the component's own namespace, and `apps/litellm-env`
 * in another one.
 */
export function secretAt({ namespace }: Pick<Component, 'namespace'>, secret: string): ObjectAt {
  const [first = '', second] = secret.split('/');
  return second === undefined ? { namespace, name: first } : { namespace: first, name: second };
}

/** The name of an object in a plan: the opposite of {@link secretAt}. */
export function refIn(component: Pick<Component, 'namespace'>, { namespace, name }: ObjectAt): string {
  return namespace === component.namespace ? name : `${namespace}/${name}`;
}

/** The names of those Secrets of a plan that are in one namespace. */
export function secretsIn(
  component: Pick<Component, 'namespace'>,
  secrets: readonly string[],
  namespace: string,
): readonly string[] {
  return secrets
    .map((secret) => secretAt(component, secret))
    .flatMap((at) => (at.namespace === namespace ? [at.name] : []));
}

/** `Secret apps/litellm-env`, for messages. */
export function secretObject(component: Pick<Component, 'namespace'>, secret: string): string {
  const { namespace, name } = secretAt(component, secret);
  return objectName('Secret', namespace, name);
}

/** The Secrets that the catalogue names as changing with the password, in every namespace, by their names in a plan. */
export function namedSecrets(component: Component): readonly NamedSecret[] {
  return inEachNamespace(component, component.otherSecrets, ({ secrets }) => secrets);
}

/** The Secrets, or some of their keys, that the catalogue leaves alone, by their names in a plan. */
export function exceptedSecrets(component: Component): readonly ExceptedSecret[] {
  return inEachNamespace(component, component.notSecrets, ({ notSecrets }) => notSecrets);
}

/** The Secrets that the catalogue calls copies, by their names in a plan. */
export function namedCopies(component: Component): readonly string[] {
  const copies = inEachNamespace(component, [], (one) => one.copies.map((name) => ({ name })));
  return copies.map(({ name }) => name);
}

function inEachNamespace<Named extends { readonly name: string }>(
  component: Component,
  home: readonly Named[],
  of: (consumers: ConsumerNamespace) => readonly Named[],
): readonly Named[] {
  const elsewhere = (component.consumers ?? []).flatMap((consumers) =>
    of(consumers).map((one) => ({
      ...one,
      name: refIn(component, { namespace: consumers.namespace, name: one.name }),
    })),
  );
  return [...home, ...elsewhere];
}

/** The namespaces of the component's consumers; its own comes first. */
export function namespacesOf({
  namespace,
  consumers = [],
}: Pick<Component, 'namespace' | 'consumers'>): readonly string[] {
  return [namespace, ...consumers.map((one) => one.namespace).filter((one) => one !== namespace)];
}

/** The active and the idle role when the rotation begins. */
export interface Turn {
  /** The role that the application's Secrets name. */
  readonly active: LoginRole;
  readonly idle: LoginRole;
}

/** @returns undefined when the application's Secret names neither of the two login roles. */
export function turnOf({ alternating: { logins } }: Component, username: string): Turn | undefined {
  const [a, b] = logins;
  if (username === a.role) return { active: a, idle: b };
  if (username === b.role) return { active: b, idle: a };
  return undefined;
}

/** The roles whose passwords CNPG sets for the component. */
export function managedLogins({ strategy, role, secret, alternating }: Component): readonly LoginRole[] {
  return strategy === 'alternating' ? alternating.logins : [{ role, secret }];
}
