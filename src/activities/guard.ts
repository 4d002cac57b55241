import { Context, log } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { HEARTBEAT_INTERVAL_MS } from '../domain/budgets.ts';
import { RotationError } from '../domain/failures.ts';

/** The SDK's reason when it cancels activities because their worker stops. The rotation itself is not cancelled. */
const WORKER_SHUTDOWN = 'WORKER_SHUTDOWN';

/**
 * Runs an activity's body with heartbeats, so that a dead worker is noticed and a cancellation arrives. Only failures
 * that may stand in a workflow's history leave it: the product's own messages, never a library's.
 */
export async function guard<T>(body: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS);
  try {
    return await body();
  } catch (error) {
    throw toFailure(error);
  } finally {
    clearInterval(heartbeat);
  }
}

function toFailure(error: unknown): unknown {
  if (error instanceof CancelledFailure && error.message === WORKER_SHUTDOWN) {
    return ApplicationFailure.retryable('The worker shut down; another one goes on.', 'WorkerShutdown');
  }
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  const { type, message, retryable } = RotationError.from(error);
  if (type === 'Unexpected') log.error('unexpected error in an activity', { message });
  return ApplicationFailure.create({ type, message, nonRetryable: !retryable });
}
