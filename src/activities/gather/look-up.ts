import { orElse, type Cause } from '../../domain/failures.ts';
import type { OrUnknown } from '../../domain/preflight/index.ts';

/*
 * A look-up that the cluster, PostgreSQL or Git refused is a fact to be judged, not a failure of the look. A defect of
 * ours still comes out.
 */

/** What the look-up says, or `unknown`. */
export function orUnknown<T>(lookUp: Promise<T>): Promise<OrUnknown<T>> {
  return orElse(lookUp, () => 'unknown');
}

/** What the look-up says, or why it says nothing. */
export function orCause<T extends object>(lookUp: Promise<T>): Promise<T | Cause> {
  return orElse(lookUp, ({ reason }) => reason);
}
