import { ApplicationFailure } from '@temporalio/workflow';
import { RotationError } from '../domain/failures.ts';

/** A workflow's parsed input. An error that is not a Temporal failure would make the workflow's task retry for ever. */
export function validated<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RotationError)) throw error;
    throw ApplicationFailure.create({ type: error.type, message: error.message, nonRetryable: true });
  }
}
