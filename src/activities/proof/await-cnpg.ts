import { log } from '@temporalio/activity';
import { lookedAtFor, type LookedAt } from '../../domain/cluster.ts';
import type { Component } from '../../domain/component.ts';
import { messageOf } from '../../domain/failures.ts';
import { nudgeDueInMs } from '../../domain/proofs/sync-proof.ts';
import type { Dependencies } from '../dependencies.ts';
import type { StepClock } from './step-clock.ts';
import { until, type Seen } from './until.ts';

/**
 * Waits until CNPG's objects show its work. Nudges CNPG once when a part of the budget has passed without it.
 * @param roles whose passwords CNPG has to apply: they decide which objects are watched and nudged.
 */
export async function awaitCnpg<Result>(
  deps: Dependencies,
  component: Component,
  roles: readonly string[],
  clock: StepClock,
  look: () => Promise<Seen<Result>>,
): Promise<{ readonly seen: Seen<Result>; readonly nudged: boolean }> {
  const { namespace, cluster } = component;
  const lookedAt = lookedAtFor(await deps.clusters.find(namespace, cluster), roles);
  let nudged = false;
  // A failed nudge does not fail the wait: the operator may be down, and then the budget runs out.
  const nudge = async (): Promise<void> => {
    nudged = true;
    try {
      await nudgeEach(deps, component, lookedAt);
    } catch (error) {
      log.warn('CNPG could not be nudged', { reason: messageOf(error) });
    }
  };
  const seen = await until(deps, {
    clock,
    watched: [
      deps.clusters.watched(namespace, cluster),
      ...lookedAt.databaseRoles.map((name) => deps.databaseRoles.watched(namespace, name)),
    ],
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

async function nudgeEach(deps: Dependencies, { namespace, cluster }: Component, lookedAt: LookedAt): Promise<void> {
  if (lookedAt.cluster) await deps.clusters.nudge(namespace, cluster, deps.now());
  for (const name of lookedAt.databaseRoles) await deps.databaseRoles.nudge(namespace, name, deps.now());
}
