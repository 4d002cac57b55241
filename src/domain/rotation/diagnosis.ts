import type { Component, WorkloadRef } from '../component.ts';
import type { Finding } from '../finding.ts';
import type { Cause } from '../failures.ts';

/** What was found at a component at one moment, what blocks first; the result of `checkComponent`. */
export interface Diagnosis {
  readonly component: string;
  readonly where: Component;
  readonly findings: readonly Finding[];
  /** What a rotation would do. */
  readonly plan: RotationPlan;
  /** ISO 8601. */
  readonly checkedAt: string;
  /** Addresses from which it logged in, as an application with a wrong password would. */
  readonly ownAddresses: readonly string[];
}

/** What a rotation would change and whom it would restart; it holds no text of any Secret. */
export interface RotationPlan {
  readonly changes: readonly PlanEntry[];
  readonly leftAlone: readonly PlanEntry[];
  /** Nothing is written before the catalogue says whose these are. */
  readonly unclear: readonly PlanEntry[];
  readonly workloads: readonly PlannedRestart[];
}

export interface PlanEntry {
  readonly secret: string;
  readonly key: string;
  /** Where in the key's value; empty for the whole. */
  readonly within: string;
  /** Of what changes. */
  readonly meaning?: 'password' | 'user';
  readonly why: string;
}

export interface PlannedRestart extends WorkloadRef {
  readonly secrets: readonly string[];
  readonly restartedBy: 'Reloader' | 'the rotation';
}

/** A component that could not be looked at. */
export interface FailedDiagnosis {
  readonly component: string;
  readonly failure: Cause;
}

/** The result of `checkCatalogue`, in the order in which the components were asked for. */
export interface CatalogueDiagnosis {
  readonly components: readonly (Diagnosis | FailedDiagnosis)[];
}
