import { log } from '@temporalio/activity';
import type { Component } from '../../domain/component.ts';
import { messageOf } from '../../domain/failures.ts';
import { nudgeDueInMs } from '../../domain/proofs/sync-proof.ts';
import type { Dependencies } from '../dependencies.ts';
import type { StepClock } from './step-clock.ts';
import { until, type Seen } from './until.ts';

/** Waits until the Cluster shows CNPG's work. Nudges CNPG once when a part of the budget has passed without it. */
export async function awaitCnpg<Result>(
  deps: Dependencies,
  { namespace, cluster }: Component,
  clock: StepClock,
  look: () => Promise<Seen<Result>>,
): Promise<{ readonly seen: Seen<Result>; readonly nudged: boolean }> {
  let nudged = false;
  // A failed nudge does not fail the wait: the operator may be down, and then the budget runs out.
  const nudge = async (): Promise<void> => {
    nudged = true;
    try {
      await deps.clusters.nudge(namespace, cluster, deps.now());
    } catch (error) {
      log.warn('CNPG could not be nudged', { reason: messageOf(error) });
    }
  };
  const seen = await until(deps, {
    clock,
    watched: [deps.clusters.watched(namespace, cluster)],
    look: async () => {
      const seen = await look();
      if (seen.done || nudged) return seen;
      const dueInMs = nudgeDueInMs(clock.budgetMs, clock.spentMs());
      if (dueInMs <= 0) return { ...seen, act: nudge };
      return { ...seen, lookAgainMs: Math.min(seen.lookAgainMs ?? dueInMs, dueInMs) };
    },
  });
  return { seen, nudged };
}
