import type { Client } from '../consumers/clients.ts';
import type { Component, ConsumerRef } from '../component.ts';
import type { Consumer } from '../consumers/consumer.ts';
import type { Literal } from '../consumers/literals.ts';
import type { Finding } from '../finding.ts';
import type { Cause } from '../failures.ts';

/** The findings about a component at one moment, the blocking ones first; the result of `checkComponent`. */
export interface Diagnosis {
  readonly component: string;
  readonly where: Component;
  readonly findings: readonly Finding[];
  /** What a rotation would do. */
  readonly plan: RotationPlan;
  /** Who is logged in; absent where it could not be read. */
  readonly clients?: readonly Client[];
  /** ISO 8601. */
  readonly checkedAt: string;
  /** Addresses from which the check logged in. An application with a wrong password looks the same in the log. */
  readonly ownAddresses: readonly string[];
}

/** The changes and restarts of a rotation. The plan holds no text of any Secret. */
export interface RotationPlan {
  readonly changes: readonly PlanEntry[];
  readonly leftAlone: readonly PlanEntry[];
  /** Nothing is written until the catalogue names the owner of these places. */
  readonly unclear: readonly PlanEntry[];
  readonly workloads: readonly PlannedRestart[];
  /** Those who use the password besides these workloads; absent in the answer of an older worker. */
  readonly consumers?: readonly Consumer[];
  /** Where the password stands as a text outside of the Secrets. No rotation changes these places. */
  readonly texts?: readonly PlannedText[];
}

export interface PlanEntry {
  readonly secret: string;
  readonly key: string;
  /** The place within the key's value; empty for the whole value. */
  readonly within: string;
  /** Only for a place that changes. */
  readonly meaning?: 'password' | 'user';
  readonly why: string;
}

export interface PlannedText extends Pick<Literal, 'where' | 'why'> {
  readonly holder: ConsumerRef;
}

export interface PlannedRestart extends ConsumerRef {
  readonly secrets: readonly string[];
  readonly restartedBy: 'Reloader' | 'the rotation';
}

/** A component that the check could not look at. */
export interface FailedDiagnosis {
  readonly component: string;
  readonly failure: Cause;
}

/** The result of `checkCatalogue`, in the order of the request. */
export interface CatalogueDiagnosis {
  readonly components: readonly (Diagnosis | FailedDiagnosis)[];
}
