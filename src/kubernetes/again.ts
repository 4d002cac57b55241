import pRetry from 'p-retry';
import { API_RETRIES } from '../domain/budgets.ts';
import { RotationError } from '../domain/failures.ts';

/**
 * Tries a request again when it failed for a reason of the moment. A step makes a dozen requests: without this, one of
 * them failing would throw the whole step back, and an API server that fails now and then would never let it end.
 */
export function again<T>(request: () => Promise<T>): Promise<T> {
  return pRetry(request, {
    ...API_RETRIES,
    shouldRetry: ({ error }) => error instanceof RotationError && error.retryable,
  });
}
