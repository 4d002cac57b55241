import type { AdoptionNames, Direction } from '../domain/adopt/index.ts';
import type { Component, LoginRole, SecretReader, Turn } from '../domain/component.ts';
import type { Finding } from '../domain/finding.ts';
import type { KubernetesIdentity } from '../domain/kubernetes-identity.ts';
import type { RotationRef } from '../domain/rotation/rotation.ts';
import type { PasswordAt, SecretPlan } from '../domain/secret-plan/plan.ts';

/* The activities of an adoption as a workflow sees them, besides those of a rotation. */

/** What an adoption does around the turn of a rotation. */
export interface AdoptionActivities {
  /** Reads everything, changes nothing; tells what it finds, whatever that is. */
  preflightAdoption(input: AdoptionInput): Promise<AdoptionPreflight>;
  /** Makes the Secrets of the three roles, which nothing reads yet. */
  splitSecrets(input: RolesInput): Promise<SplitResult>;
  /** Makes CNPG read them and make the login roles, which act as the owner. */
  declareRoles(input: RolesInput): Promise<DeclareResult>;
  /** Takes the login roles, their Secrets and their declaration away. */
  withdrawRoles(input: RolesInput): Promise<WithdrawResult>;
}

export interface AdoptionInput {
  readonly component: string;
  readonly direction: Direction;
  /** A name instead of the default one for the Secret that is split off. */
  readonly ownerSecret?: string | undefined;
}

export interface AdoptionPreflight {
  /** Absent where it could not be read, which a finding says and which blocks. */
  readonly kubernetes?: KubernetesIdentity;
  /** As the rotation's steps are to see it: with alternating roles. */
  readonly component: Component;
  readonly names: AdoptionNames;
  readonly findings: readonly Finding[];
  readonly secrets: readonly string[];
  readonly changes: SecretPlan;
  readonly passwordAt?: PasswordAt;
  readonly workloads: readonly SecretReader[];
  /** Who hands over to whom; absent when the application is where it is to be. */
  readonly turn?: Turn;
  /** Nothing is to be done. */
  readonly done: boolean;
  /** What is to be done, one line a part. */
  readonly plan: readonly string[];
  /** The change of the manifests in Git, as a unified diff. */
  readonly patch: string;
  /** The Secrets that are made, as manifests without what they hold. */
  readonly manifests: string;
}

export interface RolesInput {
  readonly rotation: RotationRef;
  readonly names: AdoptionNames;
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
