import { OUTAGE_SECONDS, STEP_RETRY } from '../budgets.ts';
import { hasFields } from '../has-fields.ts';

/*
 * The time that a worker has worked on a step. Time in which no worker ran is charged to nobody: after a crash the step
 * has as much time left as its last heartbeat said. No clock of another machine is part of it.
 */

/** What a heartbeat carries from one attempt of a step to the next. */
export interface WorkedTime {
  /** The work of all attempts, and the pauses after failures. */
  readonly spentMs: number;
  /** The part of it that was spent when the step last made progress: its budget began anew then. */
  readonly renewedAtMs: number;
}

const NOTHING: WorkedTime = { spentMs: 0, renewedAtMs: 0 };

/** The last heartbeat of an earlier attempt. A first attempt has none, and versions up to 0.2.0 sent it empty. */
export function readWorkedTime(details: unknown): WorkedTime {
  if (!hasFields<WorkedTime>(details, 'spentMs', 'renewedAtMs')) return NOTHING;
  const { spentMs, renewedAtMs } = details;
  return Number.isFinite(spentMs) && Number.isFinite(renewedAtMs) ? { spentMs, renewedAtMs } : NOTHING;
}

/** What is left of a budget. It is negative when the budget is spent. */
export function leftOf(budgetMs: number, { spentMs, renewedAtMs }: WorkedTime): number {
  return budgetMs - (spentMs - renewedAtMs);
}

/** How long Temporal waits after a failed attempt. The first attempt has number 1. */
export function pauseAfterMs(attempt: number): number {
  const { initialInterval, backoffCoefficient, maximumInterval } = STEP_RETRY;
  return Math.min(initialInterval * backoffCoefficient ** (attempt - 1), maximumInterval);
}

/** Whether a step is beyond its budget by more than an outage may take. Then it ends with its failure. */
export function isGivenUp(leftMs: number): boolean {
  return leftMs < -OUTAGE_SECONDS * 1_000;
}
