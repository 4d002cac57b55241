import { BUDGET_SECONDS } from '../budgets.ts';
import type { Component, SecretReader } from '../component.ts';
import { restartTime } from '../proofs/restart-time.ts';
import type { WorkloadFacts } from './facts.ts';

/** What a rotation carries on of a workload that it will restart. What is as usual is left out. */
export function toReader({ strategy, restartSeconds }: Component, workload: WorkloadFacts): SecretReader {
  const { kind, namespace, name, secrets, replicas, readyPods = replicas, times, pauseSeconds } = workload;
  const { allowanceSeconds, budgetSeconds } = restartTime(
    // In place the pause is lifted.
    { ...times, ...(strategy === 'alternating' && { pausedSeconds: pauseSeconds }) },
    {
      waitsForEnds: strategy === 'alternating',
      configuredSeconds: restartSeconds,
    },
  );
  return {
    kind,
    namespace,
    name,
    secrets,
    ...(readyPods < replicas && { readyBefore: readyPods }),
    ...(allowanceSeconds > BUDGET_SECONDS.restart && { allowanceSeconds }),
    ...(budgetSeconds > BUDGET_SECONDS.restart && { budgetSeconds }),
  };
}

/**
 * Whether the restart of the workload has to delete pods. In place, the old pods of an application whose readiness is a
 * login are soon not ready, and a controller that waits for them never replaces them. With alternating roles, or without
 * a probe, they stay ready.
 */
export function deletesPods(
  { strategy }: Pick<Component, 'strategy'>,
  { replaces, hasReadinessProbe }: Pick<WorkloadFacts, 'replaces' | 'hasReadinessProbe'>,
): 'surely' | 'maybe' | 'never' {
  if (replaces === undefined) return 'never';
  return replaces === 'all' || (strategy === 'in-place' && hasReadinessProbe) ? 'surely' : 'maybe';
}

/** The longest of the times of all restarts, in seconds. */
export function timeOfRestarts(
  workloads: readonly SecretReader[],
  which: 'allowanceSeconds' | 'budgetSeconds',
): number {
  return Math.max(BUDGET_SECONDS.restart, ...workloads.map((workload) => workload[which] ?? 0));
}
