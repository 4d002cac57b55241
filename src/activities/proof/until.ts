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
      /** What to do about what is missing, before the next look. Once the budget is spent, nothing more is done. */
      readonly act?: () => Promise<void>;
      /** The time to the next look, where it is shorter than the usual 2 s. */
      readonly lookAgainMs?: number;
    };

interface Wait<Result, Missing> {
  readonly clock: StepClock;
  /** A change of these objects wakes the wait. The list may be empty: no watch shows some changes. */
  readonly watched: readonly Watched[];
  readonly look: () => Promise<Seen<Result, Missing>>;
}

/**
 * The one way to wait for a proof:
 *
 *   look ── done ─────────────────────► its result
 *    ▲  └── missing, budget spent ────► what is still missing
 *    │  └── missing ──► act ──► wait ── aborted ──► the reason of the abort is thrown
 *    └───────────────────────────────── a watch wakes, or the time to the next look is over
 *
 * A look after the budget still counts, so a wait that starts with a spent budget looks once. No wait goes on after
 * its budget. An error in a look or an act ends the wait. The caller says what a missing proof means.
 */
export async function until<Result, Missing = string>(
  deps: Pick<Dependencies, 'watch'>,
  { clock, watched, look }: Wait<Result, Missing>,
): Promise<Seen<Result, Missing>> {
  const changes = deps.watch(watched);
  try {
    for (;;) {
      const seen = await look();
      const timeLeft = clock.leftMs();
      if (seen.done || timeLeft <= 0) return seen;
      await seen.act?.();
      await changes.next(Math.min(LOOK_AGAIN_MS, seen.lookAgainMs ?? LOOK_AGAIN_MS, timeLeft), clock.signal);
      clock.signal.throwIfAborted();
    }
  } finally {
    changes.close();
  }
}
