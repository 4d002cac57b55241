import { BUDGET_SECONDS } from '../budgets.ts';
import type { Component, SecretReader } from '../component.ts';
import { restartTime } from '../proofs/restart-time.ts';
import type { PodOwnerFacts, WorkloadFacts } from './facts.ts';
import type { DeletesPods } from './rights.ts';

/**
 * What a rotation carries on of a workload that it will restart. What is as usual is left out.
 * @param oldPodsLogIn whether the old pods can log in until they are replaced.
 */
export function toReader(
  { restartSeconds }: Component,
  oldPodsLogIn: boolean,
  reader: PodOwnerFacts | WorkloadFacts,
): SecretReader {
  const { kind, namespace, name, secrets, replacedPods, replicas, readyPods = replicas, times } = reader;
  const pauseSeconds = 'pauseSeconds' in reader ? reader.pauseSeconds : undefined;
  const { allowanceSeconds, budgetSeconds } = restartTime(
    // Where the old pods are refused the pause is lifted.
    { ...times, ...(oldPodsLogIn && { pausedSeconds: pauseSeconds }) },
    {
      waitsForEnds: oldPodsLogIn,
      configuredSeconds: restartSeconds,
    },
  );
  return {
    kind,
    namespace,
    name,
    secrets,
    ...(replacedPods !== undefined && { replacedPods }),
    ...(readyPods < replicas && { readyBefore: readyPods }),
    ...(allowanceSeconds > BUDGET_SECONDS.restart && { allowanceSeconds }),
    ...(budgetSeconds > BUDGET_SECONDS.restart && { budgetSeconds }),
  };
}

/**
 * Whether the restart of the workload has to delete pods. In place, the old pods of an application whose readiness is a
 * login are soon not ready, and a controller that waits for them never replaces them. Where the old login goes on
 * working, or without a probe, they stay ready. The pods of other owners are always deleted.
 */
export function deletesPods(
  oldPodsLogIn: boolean,
  {
    replaces,
    hasReadinessProbe = false,
    replacedPods,
  }: Partial<Pick<WorkloadFacts, 'replaces' | 'hasReadinessProbe' | 'replacedPods'>>,
): DeletesPods {
  if (replacedPods !== undefined) return 'as the catalogue says';
  if (replaces === undefined) return 'never';
  return replaces === 'all' || (!oldPodsLogIn && hasReadinessProbe) ? 'surely' : 'maybe';
}

/** The longest of the times of all restarts, in seconds. */
export function timeOfRestarts(
  workloads: readonly SecretReader[],
  which: 'allowanceSeconds' | 'budgetSeconds',
): number {
  return Math.max(BUDGET_SECONDS.restart, ...workloads.map((workload) => workload[which] ?? 0));
}
