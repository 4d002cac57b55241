import { Context, log } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { HEARTBEAT_INTERVAL_MS } from '../domain/budgets.ts';
import { RotationError } from '../domain/failures.ts';
import { Refusal } from '../domain/finding.ts';
import { isGivenUp, pauseAfterMs } from '../domain/proofs/worked-time.ts';
import { AttemptClock, type StepClock } from './proof/step-clock.ts';

/** The SDK's reason when it cancels activities because their worker stops. The rotation itself is not cancelled. */
const WORKER_SHUTDOWN = 'WORKER_SHUTDOWN';

/**
 * Runs an activity's body with heartbeats, so that a dead worker is noticed, a cancellation arrives, and the next
 * attempt knows how much time is spent. Only failures that may stand in a workflow's history leave it: the product's
 * own messages, never a library's.
 *
 * A failure that may pass is retried by Temporal. When the time of the step is spent, beyond an outage's, the same
 * failure ends the step. Temporal's own limits would count time in which no worker ran.
 */
export async function guard<T>(budgetSeconds: number, body: (clock: StepClock) => Promise<T>): Promise<T> {
  const context = Context.current();
  const givenUp = new AbortController();
  const clock = new AttemptClock(context, budgetSeconds, givenUp.signal);
  const overdue = new Promise<never>((_, reject) => {
    givenUp.signal.addEventListener('abort', () => reject(givenUp.signal.reason as Error));
  });
  // Nobody waits for it when the body ends in time.
  overdue.catch(() => undefined);
  const heartbeat = setInterval(() => {
    context.heartbeat(clock.worked());
    if (isGivenUp(clock.leftMs())) givenUp.abort(neverEnded(clock));
  }, HEARTBEAT_INTERVAL_MS);
  try {
    return await Promise.race([body(clock), overdue]);
  } catch (error) {
    throw toFailure(error, context, clock);
  } finally {
    clearInterval(heartbeat);
  }
}

function toFailure(error: unknown, context: Context, clock: AttemptClock): unknown {
  if (error instanceof CancelledFailure && error.message === WORKER_SHUTDOWN) {
    // The SDK sends the last heartbeat before the failure.
    context.heartbeat(clock.worked());
    return ApplicationFailure.retryable('The worker shut down; another one goes on.', 'WorkerShutdown');
  }
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  const failed = RotationError.from(error);
  const { type, message, retryable } = failed;
  if (type === 'Unexpected') log.error('unexpected error in an activity', { message });
  const pauseMs = pauseAfterMs(context.info.attempt);
  const nonRetryable = !retryable || isGivenUp(clock.leftMs() - pauseMs);
  // The failure causes the pause, so the pause is charged with it.
  if (!nonRetryable) context.heartbeat(clock.worked(pauseMs));
  const refused = failed instanceof Refusal ? [{ findings: failed.findings }] : [];
  return ApplicationFailure.create({ type, message, nonRetryable, details: [clock.worked(), ...refused] });
}

/** The body hangs: what it waits for never answers, and has no limit of its own. */
function neverEnded(clock: AttemptClock): RotationError {
  const seconds = Math.round(clock.spentMs() / 1_000);
  return new RotationError(
    'Unexpected',
    `The step did not end within ${seconds} s of work: something that it waits for does not answer.`,
  );
}
