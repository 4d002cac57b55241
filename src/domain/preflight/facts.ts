import type { ClusterState } from '../cluster.ts';
import type { ClientFacts } from '../consumers/clients.ts';
import type { Component, ConsumerRef, SecretReader, Turn, WorkloadKind } from '../component.ts';
import type { Consumer } from '../consumers/consumer.ts';
import type { Literal } from '../consumers/literals.ts';
import type { PasswordTaker } from '../consumers/password-takers.ts';
import type { KubernetesIdentity } from '../kubernetes-identity.ts';
import type { PoolerTried } from '../poolers/pooler.ts';
import type { GitRepositoryState, KustomizationState } from '../proofs/flux.ts';
import type { Cause } from '../failures.ts';
import type { DeclaredTimes } from '../proofs/restart-time.ts';
import type { Replaces } from '../proofs/rollout-facts.ts';
import type { RoleAttributes } from '../proofs/role-attributes.ts';
import type { ReloaderProgram, ReloaderVerdict } from '../reloader/index.ts';
import type { PasswordAt, SecretPlan } from '../secret-plan/plan.ts';
import type { HeldByLogins } from '../ownership.ts';
import type { SecretOwner } from '../secrets/owners.ts';
import type { Right } from './rights.ts';

/** `unknown`: the API forbade the look-up, or the look-up failed. No finding is built on `unknown`. */
export type OrUnknown<T> = T | 'unknown';

/** The facts that preflight gathered. Preflight changes nothing. */
export interface PreflightFacts {
  readonly component: Component;
  /** Where the password is kept first: in the cluster or in Git. */
  readonly source: 'kubernetes' | 'gitops';
  /** Only with the source gitops. */
  readonly gitops?: GitOpsFacts;
  readonly cluster: ClusterState | undefined;
  readonly secret: SecretFacts | undefined;
  /** The other Secrets that change with the password. */
  readonly companions: Companions;
  /** What the rotation would write, and what it would not write. */
  readonly plan: SecretPlan;
  /** The Secret that CNPG reads holds a verifier, and no other Secret holds a password that PostgreSQL accepts. */
  readonly passwordUnknown: boolean;
  /** The place of the current password when the Secrets change. */
  readonly passwordAt?: PasswordAt;
  /** Why somebody could guess the password; absent where it is strong. */
  readonly passwordWeakness?: string;
  /** The old pods can log in until they are replaced: the application changes to another login role. */
  readonly oldPodsLogIn: boolean;
  readonly workloads: readonly WorkloadFacts[];
  /** The other owners whose pods are restarted, because the catalogue says so. */
  readonly podOwners: readonly PodOwnerFacts[];
  /** Everybody who reads the Secrets, the workloads included, with what the rotation does for each. */
  readonly consumers: readonly Consumer[];
  /** The password as a text outside of the Secrets. */
  readonly literals: readonly Literal[];
  /** The containers that take the password from a Secret that changes; empty where the user's name does not change. */
  readonly passwordTakers: readonly PasswordTaker[];
  /** CronJobs that Reloader starts at once when the Secrets change. */
  readonly startedByReloader: readonly ConsumerRef[];
  /** The Secrets of the Cluster's other managed roles, and of its application's owner. */
  readonly secretsOfOtherRoles: readonly RoleSecretFacts[];
  readonly surroundings: SurroundingsFacts;
  /** Only with alternating roles. */
  readonly turns?: TurnFacts;
  /** PostgreSQL's answer to the credential that the Secret holds now. */
  readonly login: OrUnknown<'accepted' | 'refused'>;
  /** Who is logged in as the role that the application uses now. */
  readonly clients: OrUnknown<ClientFacts>;
  /** The Poolers through which the application logs in. */
  readonly poolers: OrUnknown<readonly PoolerTried[]>;
  /** The attributes of the role that logged in with this credential. */
  readonly roleAttributes?: RoleAttributes;
  /** The role that such a session acts as. */
  readonly actsAs?: string;
  readonly rehearsal: RehearsalFacts;
  readonly now: Date;
}

/** The Secrets that hold the same password, or why a Secret that the catalogue names cannot change. */
export type Companions =
  { readonly found: readonly CompanionFacts[]; readonly warnings: readonly string[] } | { readonly refused: string };

/** Who would write the old password into a Secret again. */
export interface OwnershipFacts {
  /** Everybody else who writes the Secret. */
  readonly owners?: readonly SecretOwner[];
  /** The annotation of `kubectl apply` holds the current password. */
  readonly lastAppliedHoldsPassword?: true;
}

export interface CompanionFacts extends OwnershipFacts {
  readonly name: string;
  readonly immutable: boolean;
  readonly fluxKustomization?: string;
  /** The Secret holds the password and no user name. */
  readonly withoutUser?: true;
  /** Somebody copies the Secret from another one that changes: the rotation waits for the copy and does not write it. */
  readonly isCopy?: true;
}

/** Facts of the repository and of Flux, where Git has the password. */
export interface GitOpsFacts {
  /** Why the repository cannot take the change. */
  readonly problem?: Cause;
  /** The login roles' own Secrets that Flux applies, and that a commit must change; empty in place. */
  readonly roleSecrets: readonly string[];
  /** A command of the configuration makes the cluster follow; we send no request to Flux. */
  readonly reconcilesByCommand: boolean;
  /** The objects that bring a commit to the Secrets, by `namespace/name`. A missing object has no state. */
  readonly flux: readonly (
    | { readonly kind: 'Kustomization'; readonly name: string; readonly state: KustomizationState | undefined }
    | { readonly kind: 'GitRepository'; readonly name: string; readonly state: GitRepositoryState | undefined }
  )[];
}

/** Facts of the Secret that need no password outside of the adapter. */
export interface SecretFacts extends OwnershipFacts {
  readonly hasUsername: boolean;
  readonly hasPassword: boolean;
  /** The username if it is a known role; empty for any other text. */
  readonly username: string;
  readonly hasReloadLabel: boolean;
  readonly type: string;
  readonly immutable: boolean;
  readonly resourceVersion: string;
  /** The Flux Kustomization that writes the Secret, as `namespace/name`; absent where none does, or Flux lets go. */
  readonly fluxKustomization?: string;
  /** When the Secret's data last changed, ISO 8601; absent when nobody knows. */
  readonly dataChangedAt?: string;
}

/** An owner whose pods the catalogue has replaced. */
export interface PodOwnerFacts extends SecretReader, Pick<WorkloadFacts, 'replicas' | 'readyPods' | 'times'> {
  readonly replacedPods: number;
}

export interface WorkloadFacts extends SecretReader, ReloaderVerdict {
  readonly kind: WorkloadKind;
  readonly replicas: number;
  /** A Deployment's strategy, or another workload's update strategy. */
  readonly strategy: string;
  /** Why a changed pod template does not replace every pod. */
  readonly heldBack?: 'paused' | 'OnDelete' | 'partition';
  /** Each container that reads the Secret has a readiness probe. */
  readonly hasReadinessProbe: boolean;
  /** What its objects declare about the time of its restart. */
  readonly times: DeclaredTimes;
  /** The old pods that its controller does not replace. */
  readonly replaces?: Replaces;
  /** How many of its pods are ready; absent where that is not known. */
  readonly readyPods?: number;
  /** Start of its oldest pod, ISO 8601. */
  readonly oldestPodStartedAt?: string;
}

/** Facts of the two login roles that take turns, and of their owner. */
export interface TurnFacts {
  /** Absent when the application's Secret names no login role. */
  readonly turn?: Turn;
  /** The Secrets from which CNPG sets the login roles' passwords. */
  readonly logins: readonly LoginSecretFacts[];
  /** The two login roles and the owner, as far as PostgreSQL has them. */
  readonly roles: OrUnknown<readonly ActingRole[]>;
  /** What belongs to a login role or names one, and PostgreSQL's version. */
  readonly held: OrUnknown<HeldByLogins>;
}

export interface LoginSecretFacts extends CompanionFacts {
  readonly role: string;
  readonly state: RoleSecretFacts['state'];
  readonly hasReloadLabel: boolean;
}

export interface ActingRole {
  readonly name: string;
  /** By `ALTER ROLE … SET role` the role's sessions act as this role in this database; absent: as the role itself. */
  readonly actsAs?: string;
  readonly sessions: number;
  /** Negative where there is no limit. */
  readonly connectionLimit: number;
  readonly memberOf: readonly string[];
  /** A fingerprint of each other setting in this database, by its name: a setting may hold a secret. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A Secret that CNPG reads for another role of the same Cluster. */
export interface RoleSecretFacts {
  readonly role: string;
  readonly secret: string;
  /** After the managed roles CNPG applies the superuser's Secret (`access`), and then the owner's (`bootstrap`). */
  readonly readFor: 'managed.roles' | 'access' | 'bootstrap';
  readonly state: OrUnknown<'fine' | 'absent' | 'no username' | 'no password' | 'wrong username'>;
}

export interface SurroundingsFacts {
  /** Whether the webhooks of CNPG's operator answer. */
  readonly operatorAnswers: OrUnknown<boolean>;
  /** The version of CNPG in the instances' pods, such as `1.28.0`. */
  readonly cnpgVersion: OrUnknown<string>;
  /** The Reloaders of the cluster, each with its arguments. */
  readonly reloaders: OrUnknown<readonly ReloaderProgram[]>;
  /** When the last good backup of the Cluster ended, ISO 8601; `none` when there was none. */
  readonly lastBackupAt: OrUnknown<string>;
}

/** What a rotation will prove and use; preflight tries it first. */
export interface RehearsalFacts {
  /** The Kubernetes cluster, or why its identity could not be read. */
  readonly kubernetes: KubernetesIdentity | Cause;
  /** Why PostgreSQL neither accepted nor refused the current credential; absent where it did, or nobody asked it. */
  readonly loginFailure?: Cause;
  /** PostgreSQL let a freshly made-up password in as these roles. */
  readonly rolesThatNeedNoPassword: readonly string[];
  /** Why PostgreSQL neither accepted nor refused the made-up password. */
  readonly wrongPasswordFailure?: Cause;
  /** The rights that the worker's account lacks. */
  readonly missingRights: OrUnknown<readonly Right[]>;
  /** By how many milliseconds other clocks are ahead of the worker's clock; absent where they are unknown. */
  readonly clocks: { readonly kubernetes?: number; readonly postgres?: number };
}
