import pRetry from 'p-retry';
import { API_RETRIES } from '../domain/budgets.ts';
import { RotationError } from '../domain/failures.ts';

/**
 * Repeats a request that failed for a passing reason. A step makes a dozen requests. Without the repeats, one failed
 * request would throw the whole step back, and an API server that fails now and then would never let the step end.
 */
export function again<T>(request: () => Promise<T>): Promise<T> {
  return pRetry(request, {
    ...API_RETRIES,
    shouldRetry: ({ error }) => error instanceof RotationError && error.retryable,
  });
}
