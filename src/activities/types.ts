import type { ClientSessions, PodAddress } from '../domain/consumers/clients.ts';
import type { ComponentState } from '../domain/status.ts';
import type { LeftBehind } from '../domain/consumers/left-behind.ts';
import type { Component, ConsumerRef, SecretReader, Strategy, Turn } from '../domain/component.ts';
import type { Consumer } from '../domain/consumers/consumer.ts';
import type { Diagnosis } from '../domain/rotation/diagnosis.ts';
import type { HookAction } from '../domain/hook.ts';
import type { KubernetesIdentity } from '../domain/kubernetes-identity.ts';
import type { PoolerInUse } from '../domain/poolers/pooler.ts';
import type {
  EndToProve,
  JobsToWaitFor,
  PasswordChange,
  PasswordRequest,
  PodsToRestart,
  RolesToDrain,
  RolesToReassign,
  SecretChange,
  StagedLogin,
  StagingPlan,
} from '../domain/rotation/handover.ts';
import type { RotationRef } from '../domain/rotation/rotation.ts';
import type { Outcome } from '../domain/rotation/report.ts';
import type { Target } from '../domain/steps.ts';
import type { TookOver } from '../domain/rotation/took-over.ts';
import type { RoleAttributes } from '../domain/proofs/role-attributes.ts';
import type { StagingFound } from '../domain/rotation/advice.ts';
import type { RefusedLogins } from '../domain/proofs/refused-logins.ts';
import type { RestartMarker } from '../domain/proofs/rollout-facts.ts';
import type { PasswordAt, SecretPlan } from '../domain/secret-plan/index.ts';
import type { AdoptionActivities } from './types-of-adoption.ts';

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

/** Who holds the lock. */
export interface Owner {
  readonly workflowId: string;
  readonly runId: string;
}

export interface ComponentInput {
  readonly component: string;
  /** The strategy to use instead of the catalogue's. */
  readonly strategy?: Strategy | undefined;
  /** Instead of what the catalogue says, like the strategy. */
  readonly strict?: boolean | undefined;
  readonly watchSeconds?: number | undefined;
  /** The limit of the wait for Jobs, instead of the catalogue's. */
  readonly waitForJobsSeconds?: number | undefined;
  /** The cluster that an earlier look found. A worker of another cluster refuses. */
  readonly kubernetes?: KubernetesIdentity | undefined;
  /** The rotation that has failed and asks why: its own commit is no cause. */
  readonly rotation?: string | undefined;
}

export interface StepInput {
  readonly rotation: RotationRef;
}

export interface StageInput extends StepInput {
  readonly owner: Owner;
  readonly plan: StagingPlan;
  /** The interrupted rotations whose records were replayed, and after which the workflow has looked again. */
  readonly replayed?: readonly string[];
  /** Only takes a lock over and replays its record. Where there is no lock, nothing is staged. */
  readonly takeOverOnly?: true;
}

export interface GenerateInput extends StepInput {
  readonly request: PasswordRequest;
  /** `pending`: asks. `previous`: takes the request back, or records what CNPG has generated by now. */
  readonly target: Target;
}

export interface GenerateResult {
  /** False where CNPG has generated nothing and is not asked any more; only for the target `previous`. */
  readonly generated: boolean;
  /** The version of CNPG's Secret with the new password. */
  readonly resourceVersion?: string;
  /** When the rotation asked first, by the worker's clock, RFC 3339. */
  readonly startedAt?: string;
  /** Which pod has which address before anything restarts. */
  readonly clients: readonly PodAddress[];
}

export interface WaitInput extends StepInput {
  readonly wait: JobsToWaitFor;
}

export interface WaitResult {
  /** The Jobs and CronJobs whose pods still run, and read the old value. */
  readonly left: readonly (ConsumerRef & Pick<Consumer, 'pods'>)[];
}

export interface PublishInput extends StepInput {
  readonly change: SecretChange;
}

export interface PasswordChangeInput extends StepInput {
  readonly change: PasswordChange;
}

export interface SyncInput extends PasswordChangeInput {
  readonly published: PublishResult;
}

export interface RestartInput extends StepInput {
  readonly restart: PodsToRestart;
  readonly proven?: ProvenOn;
}

/** The login that the steps before proved, and the primary; absent where the password is not set again. */
export interface ProvenOn {
  readonly primary: string;
  readonly login: StagedLogin;
}

/** The primary changed after the proof, and the new one does not have the password. */
export interface PasswordLost {
  readonly lost: { readonly primary: string; readonly before: string; readonly because: string };
}

export interface PreflightResult {
  readonly kubernetes: KubernetesIdentity;
  readonly component: Component;
  readonly secrets: readonly string[];
  /** What is written, and what is not. The rotation carries on only the places of its changes. */
  readonly plan: SecretPlan;
  readonly passwordAt: PasswordAt;
  readonly workloads: readonly SecretReader[];
  /** Those who use the password besides the workloads, with what the rotation does for each; absent where nobody does. */
  readonly consumers?: readonly Consumer[];
  /** Only with alternating roles. */
  readonly turn?: Turn;
  /** The DatabaseRole for which CNPG generates the password. */
  readonly generatedBy?: string;
  /** Attributes of the role that the application logs in as now; absent where they could not be read. */
  readonly roleAttributes?: RoleAttributes;
  /** Who was logged in; absent where it could not be read. */
  readonly clients?: readonly ClientSessions[];
  /** The login roles' own Secrets that Flux applies from Git, if any. */
  readonly roleSecretsInGit?: readonly string[];
  /** The time to publish through Git, where Flux may need longer than usual. */
  readonly gitPublishSeconds?: number;
  /** A login role owns objects, which the rotation gives to the owner; absent where there are none. */
  readonly reassigns?: true;
  /** CNPG's operator did not answer; absent where it did, or where it could not be asked. */
  readonly operatorAway?: true;
  /** The Poolers through which the application logs in; absent where there are none. */
  readonly poolers?: readonly PoolerInUse[];
  readonly warnings: readonly string[];
}

export interface HookInput extends StepInput {
  readonly action: HookAction;
  /** The current password, which no reason of the hook may show. */
  readonly passwordAt: PasswordAt;
}

export interface StageResult {
  readonly stagingSecret: string;
  /**
   * The staging Secret is ours and still holds the record of another rotation: finish its turn if it has one to finish,
   * look again, then stage again.
   */
  readonly tookOver?: TookOver;
}

export interface PublishResult {
  /** When the step began to write, by the worker's clock, RFC 3339. */
  readonly startedAt?: string;
  /** False on the way back when this rotation never wrote the live Secret. Then there is nothing to undo. */
  readonly touched: boolean;
  /** Each Secret with the version that holds the credential. The Secret that CNPG reads comes first. */
  readonly secrets: readonly PublishedSecret[];
  /** The commit that brought the credential, with the source gitops. */
  readonly commit?: string;
  readonly warnings?: readonly string[];
  /** Which pod has which address before anything restarts. A refused login's address then names its pod. */
  readonly clients: readonly PodAddress[];
}

export interface PublishedSecret {
  readonly name: string;
  readonly resourceVersion: string;
  readonly changedKeys: readonly string[];
}

/** The addresses from which the activity tried the password that must be refused. The application made no such try. */
export interface FromHere {
  readonly ownAddresses: readonly string[];
}

export type SyncResult = FromHere & (SyncProven | SyncMissing);

export interface SyncProven {
  readonly proven: true;
  readonly primary: string;
  readonly version: string;
  /** CNPG's status does not tell that this version is applied: the logins alone prove it. */
  readonly untold?: true;
  readonly nudged: boolean;
  /** PostgreSQL's clock when the new password was accepted, RFC 3339. */
  readonly appliedAt: string;
}

/** The budget is spent; says what was still missing. */
interface SyncMissing {
  readonly proven: false;
  readonly because: string;
}

export interface EmergencyResult extends FromHere {
  readonly primary: string;
  /** False where PostgreSQL had the password already. */
  readonly altered: boolean;
  /** PostgreSQL's clock when the new password was accepted, RFC 3339. */
  readonly appliedAt: string;
  /** Why CNPG says that it cannot reconcile the role; absent where it says nothing. */
  readonly cannotReconcile?: readonly string[];
}

export interface RestartResult {
  /** Which pod had which address as the restart began. */
  readonly clients?: readonly PodAddress[];
  readonly workloads: readonly RestartedWorkload[];
}

export interface RestartedWorkload extends ConsumerRef {
  readonly by: RestartMarker;
  /** The new pods, which are ready. */
  readonly pods: readonly string[];
  /** Old pods that are still there. */
  readonly ending?: readonly string[];
  /** Old pods that stay with the old password: they were not ready before either. */
  readonly staying?: readonly string[];
  /** How many pods were ready before, where the workload wants more. */
  readonly before?: { readonly ready: number; readonly of: number };
  /** A Reloader that watches the workload did not react in time. */
  readonly reloaderWasLate?: true;
  /** What became of Reloader's pause, which was lifted for the rollout. `forget`: it had ended meanwhile. */
  readonly pause?: 'give back' | 'forget';
}

export interface ReassignInput extends StepInput {
  readonly reassign: RolesToReassign;
}

export interface ReassignResult {
  /** The first objects that the owner got, such as `table public.orders`, and how many there were. */
  readonly given: readonly string[];
  readonly objects: number;
}

export interface DrainInput extends StepInput {
  readonly drain: RolesToDrain;
  /** Whether to end the sessions that are left when the budget is spent. */
  readonly endOldSessions: boolean;
  /** The application's Secrets, whose logins are made; absent on the way back, which only ends when it must. */
  readonly secrets?: readonly string[];
  /** What is known of the pods that the restart made; absent on the way back. */
  readonly restarted?: RestartedPods;
}

/** The restart, as far as it shows which pods are new. */
export interface RestartedPods extends Pick<
  VerifyInput,
  'publishedAt' | 'wroteAt' | 'clients' | 'ownAddresses' | 'seenBefore'
> {
  readonly workloads: readonly (ConsumerRef & { readonly pods?: readonly string[] })[];
}

export interface DrainResult extends FromHere {
  readonly role: string;
  /** How many sessions live on; 0 when the role is drained. */
  readonly left: number;
  /** How many sessions were ended. */
  readonly ended: number;
  /** The addresses of the sessions that live on, where they may be seen. */
  readonly clients: readonly string[];
  /** How many of them are connections of a PgBouncer; absent where there are none. */
  readonly keptByPoolers?: number;
  /** What the two roles gave to the owner, and what they could not give; absent where they owned nothing. */
  readonly reassigned?: ReassignResult & { readonly kept: readonly string[] };
  /** The sessions that live on, where they may be seen. */
  readonly sessions?: readonly ClientSessions[];
  /** What could not be proven before the old role is locked out; absent where all was. */
  readonly warnings?: readonly string[];
}

export interface VerifyInput extends StepInput {
  readonly end: EndToProve;
  readonly proven?: ProvenOn;
  /** When the Secret was written, by Temporal's clock. RFC 3339. */
  readonly publishedAt: string;
  /** The same by the worker's clock: refused logins count from here. Absent in a rotation of an earlier version. */
  readonly wroteAt?: string;
  /** PostgreSQL's clock when the new password was accepted. Older sessions logged in with the other. RFC 3339. */
  readonly appliedAt: string;
  /** The new pods. */
  readonly pods: readonly string[];
  /** Old pods that are still ending, as `apps/worker-1`. Their sessions end with them. */
  readonly endingPods: readonly string[];
  readonly clients: readonly PodAddress[];
  /** The addresses from which other workers of this rotation logged in before. */
  readonly ownAddresses: readonly string[];
  readonly endOldSessions: boolean;
  /** The workloads that were restarted, with their new pods. */
  readonly workloads?: readonly (ConsumerRef & { readonly pods?: readonly string[] })[];
  /** Who was logged in before the rotation. */
  readonly seenBefore?: readonly ClientSessions[];
  /** The sessions of the old role that lived on when it was drained. */
  readonly leftSessions?: readonly ClientSessions[];
}

/** What `verify` knew, and when. */
export interface WatchInput extends VerifyInput {
  /** PostgreSQL's clock at the proof, RFC 3339. */
  readonly provenAt: string;
  /** How far this clock is ahead of the worker's, in milliseconds. */
  readonly aheadMs: number;
}

export interface WatchResult {
  readonly leftBehind: readonly LeftBehind[];
}

export interface VerifyResult {
  /** The SQLSTATE with which PostgreSQL refused the other credential. */
  readonly refusedWith: string;
  readonly serverVersion: string;
  /** Attributes of the role that logged in; absent where PostgreSQL did not show them. */
  readonly roleAttributes?: RoleAttributes;
  /** Absent where PostgreSQL's log could not be read. */
  readonly refusedLogins?: RefusedLogins;
  /** `litellm-db-secret (2 logins)`: whose logins were made as pods make them; absent in place. */
  readonly secrets?: readonly string[];
  /** `Pooler apps/litellm-rw (2 pods)`: where the logins were proven too; absent where the application uses none. */
  readonly poolers?: readonly string[];
  /** PostgreSQL's clock at the proof, RFC 3339, and how far it is ahead of the worker's. */
  readonly provenAt?: string;
  readonly aheadMs?: number;
  /** Who still has the other password; absent on the way back, and where it could not be told. */
  readonly leftBehind?: readonly LeftBehind[];
  readonly warnings: readonly string[];
}

export interface FinishInput extends StepInput {
  readonly outcome: Outcome;
  /** The role whose rotation the Event reports. */
  readonly role: string;
  /** `2 left behind: …`; absent where nobody is. */
  readonly leftBehind?: string;
}

export interface FinishResult {
  readonly staging: StagingFound;
}
