import type { ApplicationFailure } from '@temporalio/common';
import { FAILURE_TYPES, RotationError } from '../domain/failures.ts';

/** The error that a workflow failed with, or refused an update with. */
export function toRotationError({ type, message }: ApplicationFailure): RotationError {
  return new RotationError(FAILURE_TYPES.find((known) => known === type) ?? 'Unexpected', message);
}
