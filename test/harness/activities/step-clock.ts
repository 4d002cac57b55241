import type { StepClock } from '../../../src/activities/proof/step-clock.ts';
import { leftOf } from '../../../src/domain/proofs/worked-time.ts';

/** A step's clock that shows the time of a test's world. The step began at 0. */
export function clockOf(
  world: { readonly time: number },
  budgetMs: number,
  signal: AbortSignal = new AbortController().signal,
): StepClock {
  let renewedAtMs = 0;
  const spentMs = (): number => world.time;
  return {
    budgetMs,
    spentMs,
    leftMs: () => leftOf(budgetMs, { spentMs: spentMs(), renewedAtMs }),
    progressed: () => (renewedAtMs = spentMs()),
    signal,
  };
}
