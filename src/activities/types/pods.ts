import type { ConsumerRef } from '../../domain/component.ts';
import type { ClientSessions, PodAddress } from '../../domain/consumers/clients.ts';
import type { RestartMarker } from '../../domain/proofs/rollout-facts.ts';
import type { PodsToRestart, RolesToDrain } from '../../domain/rotation/handover.ts';
import type { FromHere, ProvenOn, ReassignResult } from './change.ts';
import type { VerifyInput } from './end.ts';
import type { StepInput } from './input.ts';

/* The steps that wait for pods and sessions. */

export interface RestartInput extends StepInput {
  readonly restart: PodsToRestart;
  readonly proven?: ProvenOn;
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
