import type { LeftBehind } from '../consumers/left-behind.ts';
import type { Component, SecretReader, Strategy, Turn } from '../component.ts';
import type { Cause } from '../failures.ts';
import type { Finding } from '../finding.ts';
import { hasFields } from '../has-fields.ts';
import type { KubernetesIdentity } from '../kubernetes-identity.ts';
import type { RefusedLogins } from '../proofs/refused-logins.ts';
import type { RoleAttributesSeen } from '../proofs/role-attributes.ts';
import type { SecretPlan } from '../secret-plan/plan.ts';
import type { Step, Target } from '../steps.ts';
import type { TookOver } from './took-over.ts';

export type Outcome =
  /** Only the new password is valid. */
  | 'rotated'
  /** The rotation changed nothing, except for what it brought along for an interrupted one (`tookOver`). */
  | 'unchanged'
  /** Only the old password is valid again. */
  | 'rolled-back'
  /** Neither was proven; the staging Secret keeps both credentials. */
  | 'needs-attention';

export interface StepRecord {
  readonly step: Step;
  readonly target: Target;
  /** The login role of the step, where there are two. */
  readonly role?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly seconds?: number;
  readonly budgetSeconds: number;
  readonly outcome: 'running' | 'done' | 'failed';
  /** What the step observed, or what it waits for, in one line. */
  readonly detail?: string;
}

/** Who approved a rotation that waits for an approval. */
export interface Approval {
  readonly by?: string;
  readonly note?: string;
  readonly at: string;
}

/** What the rotation did, for a person and for an auditor. The workflow returns this report; `progress` shows it. */
export interface RotationReport {
  readonly rotation: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly component: string;
  /** Absent until the input or preflight decides it. */
  readonly strategy?: Strategy;
  readonly source: 'kubernetes' | 'gitops';
  readonly reason?: string;
  /** The starter's name, as the starter gave it; absent where there is none. */
  readonly startedBy?: string;
  readonly approval?: Approval;
  /** Absent until preflight has resolved the component. */
  readonly where?: Component;
  /** The Kubernetes cluster of the rotation; absent as long as `where` is absent. */
  readonly kubernetes?: KubernetesIdentity;
  readonly secrets: readonly string[];
  /** What the rotation writes, what it does not write, and why; absent until preflight has decided it. */
  readonly secretPlan?: SecretPlan;
  readonly workloads: readonly SecretReader[];
  /** With alternating roles: which role takes over from which. */
  readonly turn?: Turn;
  /** `running` until the end. */
  readonly outcome: Outcome | 'running';
  readonly cause?: Cause;
  /** Preflight's findings, where they refused the rotation; else the findings after a failure, before the way back. */
  readonly diagnosis?: readonly Finding[];
  /** What a person has to do next, if anything. */
  readonly advice?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Without the waits for an approval and for Jobs, which are not part of the budget. */
  readonly seconds?: number;
  readonly budgetSeconds: number;
  readonly steps: readonly StepRecord[];
  /** The application's refused logins in PostgreSQL's log, from the Secret's change to the last proof; absent if unread. */
  readonly refusedLogins?: RefusedLogins;
  /** Clients that still have the other password, most refused first; absent where there is none. */
  readonly leftBehind?: readonly LeftBehind[];
  /** The role's attributes before and after. With two roles: the old role's before, and the new role's after. */
  readonly roleAttributes?: RoleAttributesSeen;
  /** Interrupted rotations whose lock was taken over; absent if there were none. */
  readonly tookOver?: readonly TookOver[];
  readonly warnings: readonly string[];
}

/** Whether the result of a workflow is a rotation's report. */
export function isRotationReport(value: unknown): value is RotationReport {
  return hasFields<RotationReport>(value, 'rotation', 'steps');
}
