import type { Component, ConsumerRef, SecretReader, Turn } from '../../domain/component.ts';
import type { ClientSessions } from '../../domain/consumers/clients.ts';
import type { Consumer } from '../../domain/consumers/consumer.ts';
import type { HookAction } from '../../domain/hook.ts';
import type { KubernetesIdentity } from '../../domain/kubernetes-identity.ts';
import type { PoolerInUse } from '../../domain/poolers/pooler.ts';
import type { RoleAttributes } from '../../domain/proofs/role-attributes.ts';
import type { JobsToWaitFor } from '../../domain/rotation/handover.ts';
import type { PasswordAt, SecretPlan } from '../../domain/secret-plan/index.ts';
import type { StepInput } from './input.ts';

/* The steps before the first write. */

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

export interface WaitInput extends StepInput {
  readonly wait: JobsToWaitFor;
}

export interface WaitResult {
  /** The Jobs and CronJobs whose pods still run, and read the old value. */
  readonly left: readonly (ConsumerRef & Pick<Consumer, 'pods'>)[];
}
