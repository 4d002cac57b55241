import type { Diagnosis } from '../../domain/rotation/diagnosis.ts';
import type { ComponentState } from '../../domain/status.ts';
import type { AdoptionActivities } from './adoption.ts';
import type { HookInput, PreflightResult, WaitInput, WaitResult } from './before.ts';
import type {
  EmergencyResult,
  GenerateInput,
  GenerateResult,
  PasswordChangeInput,
  PasswordLost,
  PublishInput,
  PublishResult,
  ReassignInput,
  ReassignResult,
  StageInput,
  StageResult,
  SyncInput,
  SyncResult,
} from './change.ts';
import type { FinishInput, FinishResult, VerifyInput, VerifyResult, WatchInput, WatchResult } from './end.ts';
import type { ComponentInput } from './input.ts';
import type { DrainInput, DrainResult, RestartInput, RestartResult } from './pods.ts';

/*
 * The activities as a workflow sees them. Their inputs and results stand in the workflow's history: names, versions and
 * times, never a credential.
 */

export interface RotationActivities {
  /** Reads everything, changes nothing, and refuses a rotation that cannot end well. */
  preflight(input: ComponentInput): Promise<PreflightResult>;
  /** Asks the site's hook whether the change may begin. */
  hook(input: HookInput): Promise<void>;
  /** Generates the password and writes both credentials into the staging Secret. */
  stage(input: StageInput): Promise<StageResult>;
  /** Asks CNPG for another generated password and records it, or takes the request back where CNPG has not answered. */
  generate(input: GenerateInput): Promise<GenerateResult>;
  /** Waits until the running Jobs have ended that read the old value, or the limit is spent. */
  waitForJobs(input: WaitInput): Promise<WaitResult>;
  /** Gives what the login roles own to the owner. */
  reassign(input: ReassignInput): Promise<ReassignResult>;
  /** Puts the staged values into the live Secrets. */
  publish(input: PublishInput): Promise<PublishResult>;
  /** Commits and pushes the staged values, and waits until Flux has brought them to the live Secrets. */
  publishThroughGit(input: PublishInput): Promise<PublishResult>;
  /** Waits until somebody else has copied the published values to the Secrets that are copies. */
  followCopies(input: PublishInput): Promise<void>;
  /** Waits until CNPG has applied the published password and a login proves it, or the budget is spent. */
  sync(input: SyncInput): Promise<SyncResult>;
  /** The emergency ALTER USER: sets the published password in PostgreSQL without CNPG, and proves it. */
  emergencyAlterUser(input: PasswordChangeInput): Promise<EmergencyResult>;
  /** Waits for Reloader, or restarts itself, until every pod that is not ending runs with the credential. */
  restart(input: RestartInput): Promise<RestartResult | PasswordLost>;
  /** Waits until the old role has no session. */
  drain(input: DrainInput): Promise<DrainResult>;
  /** Proves that the new login works and the old does not; reports what the rotation did to clients meanwhile. */
  verify(input: VerifyInput): Promise<VerifyResult | PasswordLost>;
  /** Looks for a while whom PostgreSQL still refuses. */
  watch(input: WatchInput): Promise<WatchResult>;
  /** Writes an Event about the end of the rotation, and removes the staging Secret. */
  finish(input: FinishInput): Promise<FinishResult>;
  /** Reads what preflight reads and returns every finding, whatever it is. */
  diagnose(input: ComponentInput): Promise<Diagnosis>;
}

/** What only a worker knows. */
export interface WorkerActivities {
  /** The names of the catalogue's components, in its order. */
  listComponents(): Promise<readonly string[]>;
  /** Whether the server has the product's search attributes, as the worker found at its start. */
  searchAttributesAvailable(): Promise<boolean>;
  /** Reads the Secrets that say how a component stands between two rotations. */
  readState(input: { readonly component: string }): Promise<ComponentState>;
}

export type Activities = RotationActivities & AdoptionActivities & WorkerActivities;
