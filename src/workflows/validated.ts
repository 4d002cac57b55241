import { ApplicationFailure } from '@temporalio/workflow';
import { RotationError } from '../domain/failures.ts';

/** Parses a workflow's input. An error that is not a Temporal failure would make the workflow's task retry for ever. */
export function validated<Request>(parse: (input: unknown) => Request, input: unknown): Request {
  try {
    return parse(input);
  } catch (error) {
    if (!(error instanceof RotationError)) throw error;
    throw ApplicationFailure.create({ type: error.type, message: error.message, nonRetryable: true });
  }
}
