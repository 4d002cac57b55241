import { LOOK_AGAIN_MS } from '../../domain/budgets.ts';
import type { Watched } from '../../kubernetes/changes.ts';
import type { Dependencies } from '../dependencies.ts';
import type { StepClock } from './step-clock.ts';

/** What one look at the world found. A look reads and decides; `until` acts. */
export type Seen<Result, Missing = string> =
  | { readonly done: true; readonly result: Result }
  | {
      readonly done: false;
      readonly missing: Missing;
      /** What to do about the missing, before the next look. It is not done any more when the budget is spent. */
      readonly act?: () => Promise<void>;
      /** Look again after this time already, where it is shorter than the usual 2 s. */
      readonly lookAgainMs?: number;
    };

interface Wait<Result, Missing> {
  readonly clock: StepClock;
  /** A change of these wakes the wait. It may be empty, for what no watch shows. */
  readonly watched: readonly Watched[];
  readonly look: () => Promise<Seen<Result, Missing>>;
}

/**
 * The one way to wait for a proof:
 *
 *   look ── done ─────────────────────► its result
 *    ▲  └── missing, deadline over ───► what is still missing
 *    │  └── missing ──► act ──► wait ── aborted ──► the reason of the abort is thrown
 *    └───────────────────────────────── a watch wakes, or the time to the next look is over
 *
 * A look that comes after the deadline still counts, so a wait whose time is over from the start looks once. No wait
 * lasts beyond the deadline. What a look or an act throws ends the wait. Its caller says what a missing proof means.
 */
export async function until<Result, Missing = string>(
  deps: Pick<Dependencies, 'watch' | 'now'>,
  { clock, watched, look }: Wait<Result, Missing>,
): Promise<Seen<Result, Missing>> {
  const changes = deps.watch(watched);
  try {
    for (;;) {
      const seen = await look();
      const timeLeft = clock.deadline - deps.now().getTime();
      if (seen.done || timeLeft <= 0) return seen;
      await seen.act?.();
      await changes.next(Math.min(LOOK_AGAIN_MS, seen.lookAgainMs ?? LOOK_AGAIN_MS, timeLeft), clock.signal);
      clock.signal.throwIfAborted();
    }
  } finally {
    changes.close();
  }
}
