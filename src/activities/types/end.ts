import type { ConsumerRef } from '../../domain/component.ts';
import type { ClientSessions, PodAddress } from '../../domain/consumers/clients.ts';
import type { LeftBehind } from '../../domain/consumers/left-behind.ts';
import type { RefusedLogins } from '../../domain/proofs/refused-logins.ts';
import type { RoleAttributes } from '../../domain/proofs/role-attributes.ts';
import type { StagingFound } from '../../domain/rotation/advice.ts';
import type { EndToProve } from '../../domain/rotation/handover.ts';
import type { Outcome } from '../../domain/rotation/report.ts';
import type { ProvenOn } from './change.ts';
import type { StepInput } from './input.ts';

/* The proof at the end, and what follows. */

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
