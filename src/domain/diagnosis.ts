import type { Component } from './component.ts';
import type { Finding } from './preflight/index.ts';
import type { Cause } from './rotation.ts';

/** What was found at a component at one moment, what blocks first; the result of `checkComponent`. */
export interface Diagnosis {
  readonly component: string;
  readonly where: Component;
  readonly findings: readonly Finding[];
  /** ISO 8601. */
  readonly checkedAt: string;
  /** Addresses from which it logged in, as an application with a wrong password would. */
  readonly ownAddresses?: readonly string[];
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
