import type { Component, SecretReader, Strategy, Turn } from '../component.ts';
import type { Cause } from '../failures.ts';
import type { Finding } from '../finding.ts';
import { hasFields } from '../has-fields.ts';
import type { KubernetesIdentity } from '../kubernetes-identity.ts';
import type { RefusedLogins } from '../proofs/refused-logins.ts';
import type { RoleAttributesSeen } from '../proofs/role-attributes.ts';
import type { SecretPlan } from '../secret-plan/plan.ts';
import type { Step, Target } from '../steps.ts';

export type Outcome =
  /** The new password is the only one. */
  | 'rotated'
  /** Nothing was changed. */
  | 'unchanged'
  /** The old password is the only one again. */
  | 'rolled-back'
  /** Neither could be proven; both credentials are kept in the staging Secret. */
  | 'needs-attention';

export interface StepRecord {
  readonly step: Step;
  readonly target: Target;
  /** The login role that the step is about, where there are two. */
  readonly role?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly seconds?: number;
  readonly budgetSeconds: number;
  readonly outcome: 'running' | 'done' | 'failed';
  /** What was observed, or what the step waits for, in one line. */
  readonly detail?: string;
}

/** Who let the rotation go on, when it was started to wait for that. */
export interface Approval {
  readonly by?: string;
  readonly note?: string;
  readonly at: string;
}

/** What the rotation did, for a person and for an auditor; the workflow's result and its `progress`. */
export interface RotationReport {
  readonly rotation: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly component: string;
  /** Absent while neither the input nor preflight has said it. */
  readonly strategy?: Strategy;
  readonly source: 'kubernetes' | 'gitops';
  readonly reason?: string;
  /** Who started it, as the starter said; absent where it did not. */
  readonly startedBy?: string;
  readonly approval?: Approval;
  /** Absent while preflight has not resolved the component. */
  readonly where?: Component;
  /** The cluster that it is of; absent as long as `where` is. */
  readonly kubernetes?: KubernetesIdentity;
  readonly secrets: readonly string[];
  /** What the rotation writes and what it leaves alone, and why; absent while preflight has not said it. */
  readonly secretPlan?: SecretPlan;
  readonly workloads: readonly SecretReader[];
  /** Who takes over from whom, with alternating roles. */
  readonly turn?: Turn;
  /** `running` until the end. */
  readonly outcome: Outcome | 'running';
  readonly cause?: Cause;
  /** What was found after a failure, before going back. */
  readonly diagnosis?: readonly Finding[];
  /** What to do next, when something is left to do. */
  readonly advice?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Without the time that it waited for an approval, which is no part of the budget. */
  readonly seconds?: number;
  readonly budgetSeconds: number;
  readonly steps: readonly StepRecord[];
  /** Of the application, by PostgreSQL's own log, from the Secret's change to the last proof; absent where it cannot be read. */
  readonly refusedLogins?: RefusedLogins;
  /** What the role could do before and after; of two roles, what the one could and the other can. */
  readonly roleAttributes?: RoleAttributesSeen;
  readonly warnings: readonly string[];
}

/** Whether what a workflow ended with is a rotation's report. */
export function isRotationReport(value: unknown): value is RotationReport {
  return hasFields<RotationReport>(value, 'rotation', 'steps');
}
