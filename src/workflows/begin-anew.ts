import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import { toCause } from './cause.ts';

/*
 * A workflow that a person resets goes on from an earlier event, in a new run. The history of this run lacks what the run
 * before did after that event, so the run does not know whether the lock is still there, and how far the steps came. Such
 * a run begins anew: as any other start it finds the lock of the run before, and finishes what that run began.
 */

/** Whether the failure of a step comes of a reset. */
export function mustBeginAnew(error: unknown): boolean {
  const { type } = toCause(error);
  return type === 'WasReset' || (type === 'StagingLost' && isReset());
}

/** A run that continues another has an id of its own too, and names that run. */
function isReset(): boolean {
  const { runId, firstExecutionRunId, continuedFromExecutionRunId } = workflowInfo();
  return continuedFromExecutionRunId === undefined && runId !== firstExecutionRunId;
}

/** Ends this run, and starts the workflow again with the same input. */
export function beginAnew(input: unknown): Promise<never> {
  return continueAsNew<(input: unknown) => Promise<unknown>>(input);
}
