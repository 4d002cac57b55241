import type { Component, SecretReader, WorkloadRef } from '../domain/component.ts';
import type { Diagnosis } from '../domain/diagnosis.ts';
import type { Outcome, Rotation, Target } from '../domain/rotation.ts';
import type { RefusedLogins } from '../domain/refused-logins.ts';
import type { RestartMarker } from '../domain/rollout.ts';

/*
 * The activities as a workflow sees them. Whatever crosses here stands in the workflow's history: names, versions and
 * times, never a credential.
 */

export interface RotationActivities {
  /** Reads everything, changes nothing, refuses what cannot end well. */
  preflight(input: { readonly component: string }): Promise<PreflightResult>;
  /** Generates the password and writes both credentials into the staging Secret. */
  stage(input: { readonly rotation: Rotation; readonly owner: Owner }): Promise<StageResult>;
  /** Puts the target's credential into the live Secret. */
  publish(input: StepInput): Promise<PublishResult>;
  /** Commits and pushes the target's credential, and waits until Flux has brought it to the live Secrets. */
  publishThroughGit(input: StepInput): Promise<PublishResult>;
  /** Waits until CNPG has applied the published password and a login proves it, or the budget is spent. */
  sync(input: StepInput & { readonly published: PublishResult }): Promise<SyncResult>;
  /** The emergency ALTER USER: sets the published password in PostgreSQL without CNPG, and proves it. */
  emergencyAlterUser(input: StepInput): Promise<EmergencyResult>;
  /** Waits for Reloader, or restarts itself, until no pod runs with another credential. */
  restart(input: StepInput): Promise<RestartResult>;
  /** New accepted, old refused; and what the rotation did to those who logged in meanwhile. */
  verify(input: VerifyInput): Promise<VerifyResult>;
  /** Tells the cluster how it ended and removes the staging Secret. */
  finish(input: { readonly rotation: Rotation; readonly outcome: Outcome }): Promise<void>;
  /** Reads what preflight reads and says all that it finds, whatever that is. */
  diagnose(input: { readonly component: string }): Promise<Diagnosis>;
}

/** What only a worker knows. */
export interface WorkerActivities {
  /** The names of the catalogue's components, in its order. */
  listComponents(): Promise<readonly string[]>;
  /** Whether the server has the product's search attributes, as the worker found at its start. */
  searchAttributesAvailable(): Promise<boolean>;
}

export type Activities = RotationActivities & WorkerActivities;

/** Who holds the lock. */
export interface Owner {
  readonly workflowId: string;
  readonly runId: string;
}

export interface StepInput {
  readonly rotation: Rotation;
  readonly target: Target;
}

export interface PreflightResult {
  readonly component: Component;
  readonly secrets: readonly string[];
  readonly workloads: readonly SecretReader[];
  readonly warnings: readonly string[];
}

export interface StageResult {
  readonly stagingSecret: string;
  readonly resourceVersion: string;
}

export interface PublishResult {
  /** False on the way back when this rotation never wrote the live Secret: then there is nothing to undo. */
  readonly touched: boolean;
  /** Each Secret with the version that holds the credential, the one that CNPG reads first. */
  readonly secrets: readonly PublishedSecret[];
  /** The commit that brought it, with the source gitops. */
  readonly commit?: string;
  readonly warnings?: readonly string[];
}

export interface PublishedSecret {
  readonly name: string;
  readonly resourceVersion: string;
  readonly changedKeys: readonly string[];
}

export type SyncResult =
  | {
      readonly proven: true;
      readonly primary: string;
      readonly version: string;
      readonly nudged: boolean;
      /** PostgreSQL's clock when the new password was accepted, RFC 3339. */
      readonly appliedAt: string;
    }
  /** The budget is spent; what was still missing. */
  | { readonly proven: false; readonly because: string };

export interface EmergencyResult {
  readonly primary: string;
  /** PostgreSQL's clock when the new password was accepted, RFC 3339. */
  readonly appliedAt: string;
}

export interface RestartResult {
  readonly workloads: readonly (WorkloadRef & { readonly by: RestartMarker; readonly pods: readonly string[] })[];
}

export interface VerifyInput extends StepInput {
  /** When the Secret was written: refused logins count from here. RFC 3339. */
  readonly publishedAt: string;
  /** PostgreSQL's clock when the new password was accepted: older sessions logged in with the other one. RFC 3339. */
  readonly appliedAt: string;
  /** The new pods. */
  readonly pods: readonly string[];
  readonly endOldSessions: boolean;
}

export interface VerifyResult {
  readonly accepted: 'pending' | 'previous';
  /** SQLSTATE with which PostgreSQL refused the other one. */
  readonly refusedWith: string;
  readonly serverVersion: string;
  /** Absent where PostgreSQL's log could not be read. */
  readonly refusedLogins?: RefusedLogins;
  readonly warnings: readonly string[];
}
