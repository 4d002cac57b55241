import type { ClusterState } from '../cluster.ts';
import type { Component, SecretReader, Turn } from '../component.ts';
import type { KubernetesIdentity } from '../kubernetes-identity.ts';
import type { GitRepositoryState, KustomizationState } from '../proofs/flux.ts';
import type { Cause } from '../failures.ts';
import type { RoleAttributes } from '../proofs/role-attributes.ts';
import type { PasswordAt, SecretPlan } from '../secret-plan/plan.ts';
import type { SecretOwner } from '../secrets/owners.ts';
import type { Right } from './rights.ts';

/** A look-up that the API did not allow, or that could not be made, tells nothing: no finding is built on it. */
export type OrUnknown<T> = T | 'unknown';

/** The facts that preflight gathered; reading them changed nothing. */
export interface PreflightFacts {
  readonly component: Component;
  /** Where the Secret's truth lies. */
  readonly source: 'kubernetes' | 'gitops';
  /** Only with the source gitops. */
  readonly gitops?: GitOpsFacts;
  readonly cluster: ClusterState | undefined;
  readonly secret: SecretFacts | undefined;
  /** The other Secrets that change with the password. */
  readonly companions: Companions;
  /** What would be written, and what would not. */
  readonly plan: SecretPlan;
  /** The Secret that CNPG reads holds a verifier, and no other Secret holds a password that PostgreSQL accepts. */
  readonly passwordUnknown: boolean;
  /** Where the password of now is read when the Secrets change. */
  readonly passwordAt?: PasswordAt;
  /** Why the password could be guessed, if it could. */
  readonly passwordWeakness?: string;
  readonly workloads: readonly WorkloadFacts[];
  /** The Secrets of the Cluster's other managed roles, and of its application's owner. */
  readonly secretsOfOtherRoles: readonly RoleSecretFacts[];
  readonly surroundings: SurroundingsFacts;
  /** Only with alternating roles. */
  readonly turns?: TurnFacts;
  /** What PostgreSQL says to the credential that the Secret holds now. */
  readonly login: OrUnknown<'accepted' | 'refused'>;
  /** Of the role that logged in with it. */
  readonly roleAttributes?: RoleAttributes;
  readonly rehearsal: RehearsalFacts;
  readonly now: Date;
}

/** What was found of Secrets that hold the same password, or why one that the catalogue names does not do. */
export type Companions =
  { readonly found: readonly CompanionFacts[]; readonly warnings: readonly string[] } | { readonly refused: string };

/** Who would bring the old password back into a Secret. */
export interface OwnershipFacts {
  /** Everybody else who writes the Secret. */
  readonly owners?: readonly SecretOwner[];
  /** The annotation of `kubectl apply` holds the password of now. */
  readonly lastAppliedHoldsPassword?: true;
}

export interface CompanionFacts extends OwnershipFacts {
  readonly name: string;
  readonly immutable: boolean;
  readonly fluxKustomization?: string;
  /** It holds the password and not whose it is. */
  readonly withoutUser?: true;
}

/** Of the repository and of Flux, where Git has the password. */
export interface GitOpsFacts {
  /** Why the repository cannot take the change. */
  readonly problem?: Cause;
  /** The login roles' own Secrets that Flux applies, which a commit must change; empty in place. */
  readonly roleSecrets: readonly string[];
  /** A command of the configuration makes the cluster follow, not our own request to Flux. */
  readonly reconcilesByCommand: boolean;
  /** The objects that bring a commit to the Secrets, by `namespace/name`; without a state where there is none. */
  readonly flux: readonly (
    | { readonly kind: 'Kustomization'; readonly name: string; readonly state: KustomizationState | undefined }
    | { readonly kind: 'GitRepository'; readonly name: string; readonly state: GitRepositoryState | undefined }
  )[];
}

/** Of the Secret, what can be judged without its password leaving the adapter. */
export interface SecretFacts extends OwnershipFacts {
  readonly hasUsername: boolean;
  readonly hasPassword: boolean;
  /** The username where it is a role's that is known; empty for anything else that stands there. */
  readonly username: string;
  readonly hasReloadLabel: boolean;
  readonly type: string;
  readonly immutable: boolean;
  readonly resourceVersion: string;
  /** The Flux Kustomization that writes it, as `namespace/name`; absent when none does, or when it is told to let go. */
  readonly fluxKustomization?: string;
  /** When its data changed last, ISO 8601; absent when nothing tells. */
  readonly dataChangedAt?: string;
}

export interface WorkloadFacts extends SecretReader {
  readonly replicas: number;
  readonly watchedByReloader: boolean;
  /** Reloader's annotation stands on the pod template and not on the workload. */
  readonly annotatedOnTemplateOnly: boolean;
  /** The strategy of a Deployment, the update strategy of the others. */
  readonly strategy: string;
  /** Why a changed pod template does not replace every pod. */
  readonly heldBack?: 'paused' | 'OnDelete' | 'partition';
  /** Each container that reads the Secret has one. */
  readonly hasReadinessProbe: boolean;
  /** Start of its oldest pod, ISO 8601. */
  readonly oldestPodStartedAt?: string;
}

/** Of two login roles that take turns, and their owner. */
export interface TurnFacts {
  /** Absent when the application's Secret names neither of them. */
  readonly turn?: Turn;
  /** The Secrets from which CNPG sets their passwords. */
  readonly logins: readonly LoginSecretFacts[];
  /** Those of the three roles that PostgreSQL has. */
  readonly roles: OrUnknown<readonly ActingRole[]>;
}

export interface LoginSecretFacts extends CompanionFacts {
  readonly role: string;
  readonly state: RoleSecretFacts['state'];
  readonly hasReloadLabel: boolean;
}

export interface ActingRole {
  readonly name: string;
  /** The role that its sessions act as in this database, by `ALTER ROLE … SET role`; absent: as itself. */
  readonly actsAs?: string;
  readonly sessions: number;
}

/** A Secret that CNPG reads for another role of the same Cluster. */
export interface RoleSecretFacts {
  readonly role: string;
  readonly secret: string;
  /** `bootstrap`: the Secret of the application's owner, which CNPG applies by a second path. */
  readonly readFor: 'managed.roles' | 'bootstrap';
  readonly state: OrUnknown<'fine' | 'absent' | 'no username' | 'no password' | 'wrong username'>;
}

export interface SurroundingsFacts {
  /** Whether CNPG's webhooks answer, which its operator serves. */
  readonly operatorAnswers: OrUnknown<boolean>;
  /** The version of CNPG in the instances' pods, such as `1.28.0`. */
  readonly cnpgVersion: OrUnknown<string>;
  readonly reloaderFound: OrUnknown<boolean>;
  /** When the last good backup of the Cluster ended, ISO 8601; `none` when there was none. */
  readonly lastBackupAt: OrUnknown<string>;
}

/** What a rotation will prove and use, tried beforehand. */
export interface RehearsalFacts {
  /** Which Kubernetes cluster this is, or why that could not be read. */
  readonly kubernetes: KubernetesIdentity | Cause;
  /** Why PostgreSQL neither accepted nor refused the credential of now; absent where it did, or was not asked. */
  readonly loginFailure?: Cause;
  /** The roles as which PostgreSQL let a password in that was made up a moment before. */
  readonly rolesThatNeedNoPassword: readonly string[];
  /** Why PostgreSQL neither accepted nor refused such a password. */
  readonly wrongPasswordFailure?: Cause;
  /** The rights that the worker's account lacks. */
  readonly missingRights: OrUnknown<readonly Right[]>;
  /** How far other clocks are ahead of the worker's, in milliseconds; absent where they were not seen. */
  readonly clocks: { readonly kubernetes?: number; readonly postgres?: number };
}
