import {
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { RotationActivities } from '../activities/types/index.ts';
import { activityOptions } from '../domain/budgets.ts';
import type { Cause } from '../domain/failures.ts';
import { leftBehindSummary } from '../domain/consumers/left-behind.ts';
import type { StagingFound } from '../domain/rotation/advice.ts';
import { outcomeSentence } from '../domain/rotation/details.ts';
import { usernamesOf } from '../domain/rotation/handover.ts';
import type { Outcome } from '../domain/rotation/report.ts';
import { refOf, type Rotation } from '../domain/rotation/rotation.ts';
import { toCause } from './cause.ts';
import * as describe from './describe.ts';
import type { Logbook } from './logbook.ts';

/* How a rotation and an adoption end. */

const { finish } = proxyActivities<RotationActivities>(activityOptions('finish'));

/** Housekeeping: its failure changes no outcome. @returns what was found of the staging Secret, if this is known. */
export async function conclude(
  logbook: Logbook,
  rotation: Rotation | undefined,
  outcome: Outcome,
): Promise<StagingFound | undefined> {
  if (rotation === undefined) return undefined;
  const role = usernamesOf(rotation)[outcome === 'rolled-back' ? 'previous' : 'pending'];
  try {
    const { leftBehind } = logbook.report();
    const act = () =>
      finish({
        rotation: refOf(rotation),
        outcome,
        role,
        ...(leftBehind && outcome === 'rotated' && { leftBehind: leftBehindSummary(leftBehind) }),
      });
    return (await logbook.step('finish', 'pending', act, describe.finish(outcome))).staging;
  } catch (error) {
    logbook.warn(describe.notFinished(outcome, toCause(error)));
    return undefined;
  }
}

/** The cause of a failure, where the way back failed too. */
export function withSecondFailure({ type, message }: Cause, second: unknown): Cause {
  return { type, message: `${message} Going back failed too: ${toCause(second).message}` };
}

/** The error with which a workflow ends, with its report. */
export function endingWith(
  report: { readonly component: string; readonly outcome: string; readonly cause?: Cause },
  error: unknown,
): Error {
  const message = `${report.component}: ${outcomeSentence(report.outcome)} ${report.cause?.message ?? ''}`;
  // Temporal keeps no details of a cancelled workflow, and a batch could not read the report of its child.
  if (isCancellation(error) && workflowInfo().parent === undefined) return new CancelledFailure(message);
  const type = report.outcome === 'needs-attention' ? 'NeedsAttention' : (report.cause?.type ?? 'Unexpected');
  return ApplicationFailure.create({ type, message, details: [report], nonRetryable: true });
}
