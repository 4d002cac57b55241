import { ActivityFailure, ApplicationFailure, CancellationScope, patched, sleep } from '@temporalio/workflow';
import { WAY_BACK_HOURS, WAY_BACK_PAUSE } from '../domain/budgets.ts';
import { isRetriedOnTheWayBack } from '../domain/failures.ts';
import { readWorkedTime } from '../domain/proofs/worked-time.ts';
import { toCause } from './cause.ts';
import { failure } from './failure.ts';

/** Workflows of 0.2.0 ended the way back at the first failure of a step. */
const PATCH = 'way-back-in-rounds';

/**
 * The way back has no limit of minutes: a step that fails for a reason that may pass is taken again, in rounds, and its
 * entry in the timeline says so. A person can stop the rounds. Then the workflow ends as needs-attention.
 */
export class WayBack {
  #scope: CancellationScope | undefined;
  #because = '';
  #stopped = false;
  /** A cancellation that came before the way back is the cause of the way back, and cannot come again. */
  #cancelled = false;

  /** @param root the workflow's own scope, which a cancellation of the workflow cancels. */
  constructor(root: CancellationScope) {
    if (root.consideredCancelled) return;
    root.cancelRequested.catch(() => {
      this.#cancelled = true;
      this.stop();
    });
  }

  /** Whether a step has failed and is taken again. */
  get isRetrying(): boolean {
    return this.#scope !== undefined;
  }

  stop(): void {
    this.#stopped = this.isRetrying;
    this.#scope?.cancel();
  }

  /**
   * Takes a step until it succeeds, fails for a reason that cannot pass, or has cost too much work.
   * @param say tells that the step is taken again, and why.
   */
  async retry<T>(take: (round: number) => Promise<T>, say: (note: string) => void): Promise<T> {
    const since = new Date().toISOString();
    let workedSeconds = 0;
    for (let round = 1; ; round += 1) {
      try {
        // The first round is as in 0.2.0, outside of any scope of its own.
        if (round === 1) return await take(round);
        const pause = pauseAfter(round - 1);
        workedSeconds += pause;
        return await this.#stoppable(async () => {
          await sleep(pause * 1_000, { summary: `Pause before round ${round} of a step of the way back` });
          return take(round);
        });
      } catch (error) {
        if (this.#stopped)
          throw failure(
            'Aborted',
            `a person stopped the way back, which was tried again since ${since}, because: ${this.#because}`,
          );
        const { type, message } = toCause(error);
        workedSeconds += workedIn(error);
        const over = this.#cancelled || workedSeconds > WAY_BACK_HOURS * 3_600;
        if (over || !isRetriedOnTheWayBack(type) || !patched(PATCH)) throw error;
        this.#because = message;
        say(`tried again since ${since}, because: ${message}`);
      }
    }
  }

  async #stoppable<T>(run: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope();
    this.#scope = scope;
    try {
      return await scope.run(run);
    } finally {
      this.#scope = undefined;
    }
  }
}

function pauseAfter(round: number): number {
  return Math.min(WAY_BACK_PAUSE.first * 2 ** (round - 1), WAY_BACK_PAUSE.longest);
}

/** The work on a step that failed, in seconds, as its activity says. */
function workedIn(error: unknown): number {
  if (!(error instanceof ActivityFailure && error.cause instanceof ApplicationFailure)) return 0;
  return readWorkedTime(error.cause.details?.[0]).spentMs / 1_000;
}
