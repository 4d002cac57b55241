import type { Context } from '@temporalio/activity';
import { leftOf, readWorkedTime, type WorkedTime } from '../../domain/proofs/worked-time.ts';

/** A running step's time: what a worker has worked on it, across retries and crashes. */
export interface StepClock {
  readonly budgetMs: number;
  /** The work on the step so far, of all attempts. */
  spentMs(): number;
  /** What is left of the budget; 0 or less when the budget is spent. */
  leftMs(): number;
  /** The step made progress, so that its whole budget begins anew. */
  progressed(): void;
  /** Aborted when the activity is cancelled, its worker shuts down, or the step is given up. */
  readonly signal: AbortSignal;
}

/**
 * A part of a step with a time of its own, which counts from now on. A new attempt has the whole time again. The step's
 * own budget begins anew meanwhile, so that nobody takes the step for one that hangs.
 */
export function timeOfItsOwn(clock: StepClock, seconds: number): StepClock {
  clock.progressed();
  const before = clock.spentMs();
  const budgetMs = seconds * 1_000;
  const spentMs = (): number => clock.spentMs() - before;
  return {
    budgetMs,
    spentMs,
    leftMs: () => budgetMs - spentMs(),
    progressed: () => clock.progressed(),
    signal: clock.signal,
  };
}

/** The time of an attempt, after the time of the attempts before it. Its source only ever goes forward. */
export class AttemptClock implements StepClock {
  readonly budgetMs: number;
  readonly signal: AbortSignal;
  readonly #startedAt: number;
  readonly #before: number;
  #renewedAtMs: number;

  constructor(
    { info, cancellationSignal }: Pick<Context, 'info' | 'cancellationSignal'>,
    budgetSeconds: number,
    givenUp: AbortSignal,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {
    const { spentMs, renewedAtMs } = readWorkedTime(info.heartbeatDetails);
    this.budgetMs = budgetSeconds * 1_000;
    this.signal = AbortSignal.any([cancellationSignal, givenUp]);
    this.#startedAt = monotonicMs();
    this.#before = spentMs;
    this.#renewedAtMs = renewedAtMs;
  }

  spentMs(): number {
    return this.#before + this.monotonicMs() - this.#startedAt;
  }

  leftMs(): number {
    return leftOf(this.budgetMs, this.worked());
  }

  progressed(): void {
    this.#renewedAtMs = this.spentMs();
  }

  /** What the next attempt starts from. @param pauseMs the pause before it, if a failure causes one. */
  worked(pauseMs = 0): WorkedTime {
    return { spentMs: Math.round(this.spentMs() + pauseMs), renewedAtMs: Math.round(this.#renewedAtMs) };
  }
}
