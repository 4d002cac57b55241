import { ActivityFailure, ApplicationFailure, TimeoutFailure, isCancellation } from '@temporalio/workflow';
import { RotationError, messageOf, type Cause } from '../domain/failures.ts';
import { carriedFindings, type Finding } from '../domain/finding.ts';

/** The cause of a step's failure, without Temporal's wrapping. */
export function toCause(error: unknown): Cause {
  if (isCancellation(error)) return { type: 'Cancelled', message: 'The rotation was cancelled.' };
  // An error in a workflow has passed the guard of its activities, or is Temporal's own.
  return RotationError.from(error, describe).reason;
}

/** What preflight found, where that is why the step failed. */
export function findingsOf(error: unknown): readonly Finding[] | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure ? carriedFindings(cause.details?.[1]) : undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof ActivityFailure && error.cause instanceof TimeoutFailure)) return messageOf(error);
  return `The activity "${error.activityType}" did not end within its limit (${error.cause.timeoutType}). Is a worker running, and does it reach the cluster?`;
}
