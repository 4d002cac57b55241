import { ApplicationFailure } from '@temporalio/workflow';
import { RotationError, type FailureType } from '../domain/failures.ts';

/** An error that is not a Temporal failure would make the workflow's task retry for ever. */
export function asFailure<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof RotationError ? failure(error.type, error.message) : error;
  }
}

/** An end of the workflow that a caller can match on. */
export function failure(type: FailureType, message: string, ...details: unknown[]): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, ...(details.length > 0 && { details }) });
}
