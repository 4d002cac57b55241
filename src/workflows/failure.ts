import { ApplicationFailure } from '@temporalio/workflow';
import { RotationError, type FailureType } from '../domain/failures.ts';

/** The workflow's task would retry for ever after an error that is not a Temporal failure. */
export function asFailure<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof RotationError ? failure(error.type, error.message) : error;
  }
}

/** An end of the workflow whose type a caller can check. */
export function failure(type: FailureType, message: string, ...details: unknown[]): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, ...(details.length > 0 && { details }) });
}
