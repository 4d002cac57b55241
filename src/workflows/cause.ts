import { ActivityFailure, ApplicationFailure, TimeoutFailure, isCancellation } from '@temporalio/workflow';
import { FAILURE_TYPES, RotationError, messageOf, type FailureType, type Cause } from '../domain/failures.ts';

/** What made a step fail, out of Temporal's wrapping. */
export function toCause(error: unknown): Cause {
  if (isCancellation(error)) return { type: 'Cancelled', message: 'The rotation was cancelled.' };
  if (error instanceof RotationError) return { type: error.type, message: error.message };
  const said = findApplicationFailure(error);
  if (said !== undefined) return { type: asFailureType(said.type), message: said.message };
  if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) {
    return {
      type: 'Unexpected',
      message: `The activity "${error.activityType}" did not end within its limit (${error.cause.timeoutType}). Is a worker running, and does it reach the cluster?`,
    };
  }
  return { type: 'Unexpected', message: messageOf(error) };
}

function findApplicationFailure(error: unknown): ApplicationFailure | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof ApplicationFailure) return current;
  }
  return undefined;
}

function asFailureType(type: string | null | undefined): FailureType {
  return FAILURE_TYPES.find((known) => known === type) ?? 'Unexpected';
}
