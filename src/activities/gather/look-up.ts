import { RotationError, type Cause } from '../../domain/failures.ts';
import type { OrUnknown } from '../../domain/preflight/index.ts';

/*
 * A look-up that the cluster, PostgreSQL or Git refused is a fact to be judged, not a failure of the look. A defect of
 * ours still comes out.
 */

/** What the look-up says, or `unknown`. */
export async function orUnknown<T>(lookUp: Promise<T>): Promise<OrUnknown<T>> {
  const found = await orCause(lookUp.then((value) => ({ value })));
  return 'value' in found ? found.value : 'unknown';
}

/** What the look-up says, or why it says nothing. */
export async function orCause<T extends object>(lookUp: Promise<T>): Promise<T | Cause> {
  try {
    return await lookUp;
  } catch (error) {
    if (!(error instanceof RotationError)) throw error;
    return { type: error.type, message: error.message };
  }
}
