import type { AdoptionNames, Direction } from '../../domain/adopt/index.ts';
import type { Component, LoginRole, SecretReader, Strategy, Turn } from '../../domain/component.ts';
import type { Finding } from '../../domain/finding.ts';
import type { KubernetesIdentity } from '../../domain/kubernetes-identity.ts';
import type { PoolerInUse } from '../../domain/poolers/pooler.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { PasswordAt, SecretPlan } from '../../domain/secret-plan/plan.ts';

/* The activities of an adoption as a workflow sees them, besides those of a rotation. */

/** What an adoption does around the turn of a rotation. */
export interface AdoptionActivities {
  /** Reads everything, changes nothing; returns every finding, whatever it is. */
  preflightAdoption(input: AdoptionInput): Promise<AdoptionPreflight>;
  /** Makes the Secrets of the three roles, which nothing reads yet. */
  splitSecrets(input: RolesInput): Promise<SplitResult>;
  /** Makes CNPG read these Secrets and make the login roles, which act as the owner. */
  declareRoles(input: RolesInput): Promise<DeclareResult>;
  /** Takes the login roles, their Secrets and their declaration away. */
  withdrawRoles(input: RolesInput): Promise<WithdrawResult>;
}

export interface AdoptionInput {
  readonly component: string;
  readonly direction: Direction;
  /** The name of the Secret that is split off, instead of the default name. */
  readonly ownerSecret?: string | undefined;
  /** The adoption's own id: its own lock is in nobody's way. */
  readonly rotation?: string | undefined;
}

export interface AdoptionPreflight {
  /** Absent where the cluster could not be identified. A finding then says so, and blocks. */
  readonly kubernetes?: KubernetesIdentity;
  /** The component as the rotation's steps must see it: with alternating roles. */
  readonly component: Component;
  /** The strategy that the catalogue has the component rotate by; absent in histories of older workers. */
  readonly catalogueStrategy?: Strategy;
  readonly names: AdoptionNames;
  readonly findings: readonly Finding[];
  readonly secrets: readonly string[];
  readonly changes: SecretPlan;
  readonly passwordAt?: PasswordAt;
  readonly workloads: readonly SecretReader[];
  /** The Poolers through which the application logs in; absent where there are none. */
  readonly poolers?: readonly PoolerInUse[];
  /** Which role hands over to which; absent when the application already uses the right role. */
  readonly turn?: Turn;
  /** The interrupted rotation or adoption that holds the lock; absent where nobody does, or its workflow still runs. */
  readonly interrupted?: string;
  /** True when nothing needs to be done, besides what was interrupted. */
  readonly done: boolean;
  /** What will be done, one line for each part. */
  readonly plan: readonly string[];
  /** The change of the manifests in Git, as a unified diff. */
  readonly patch: string;
  /** The manifests of the Secrets that are made, without the Secrets' contents. */
  readonly manifests: string;
}

export interface RolesInput {
  readonly rotation: RotationRef;
  readonly names: AdoptionNames;
  /** The application's Secrets, whose logins are made before an undoing removes anything. */
  readonly secrets?: readonly string[];
}

export interface SplitResult {
  readonly secrets: readonly string[];
}

export interface DeclareResult {
  readonly roles: readonly LoginRole[];
}

export interface WithdrawResult {
  /** False when nothing was declared. */
  readonly changed: boolean;
}
