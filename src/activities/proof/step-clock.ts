import { Context } from '@temporalio/activity';
import { BUDGET_SECONDS } from '../../domain/budgets.ts';
import type { Step } from '../../domain/steps.ts';

/** A running activity's time: its budget counts from when the step was first scheduled, across retries and crashes. */
export interface StepClock {
  /** When the step began, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** When the step's budget is spent. */
  readonly deadline: number;
  /** Aborted when the activity is cancelled or its worker shuts down. */
  readonly signal: AbortSignal;
}

/** @param budgetSeconds default: the step's usual budget. */
export function stepClock(step: Step, budgetSeconds: number = BUDGET_SECONDS[step]): StepClock {
  const { info, cancellationSignal } = Context.current();
  const startedAt = info.scheduledTimestampMs;
  return { startedAt, deadline: startedAt + budgetSeconds * 1_000, signal: cancellationSignal };
}
