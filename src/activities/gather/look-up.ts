import { orElse, type Cause } from '../../domain/failures.ts';
import type { OrUnknown } from '../../domain/preflight/index.ts';

/*
 * Where the cluster, PostgreSQL or Git refuses a look-up, the refusal is a fact to be judged, not a failure. A defect
 * in our own code is still thrown.
 */

/** The result of the look-up, or `unknown`. */
export function orUnknown<T>(lookUp: Promise<T>): Promise<OrUnknown<T>> {
  return orElse(lookUp, () => 'unknown');
}

/** The result of the look-up, or why there is none. */
export function orCause<T extends object>(lookUp: Promise<T>): Promise<T | Cause> {
  return orElse(lookUp, ({ reason }) => reason);
}
