import { warning } from '../finding.ts';
import type { WorkloadFacts } from './facts.ts';
import { each, names, type Rule } from './rule.ts';

export const reloaderIsThere: Rule = ({ workloads, surroundings: { reloaders } }) => {
  if (reloaders === 'unknown' || reloaders.length > 0) return undefined;
  if (!workloads.some(({ asksForReloader }) => asksForReloader)) return undefined;
  return warning(
    'Workloads are annotated for Reloader, but no Deployment of it was found in any namespace: the rotation restarts them itself.',
    'helm install reloader stakater/reloader -n kube-system',
  );
};

/** Whoever told Reloader to leave a workload alone needs no warning of that. */
export const workloadsAreWatched: Rule = ({ workloads }) => {
  const unwatched = workloads.filter(
    ({ kind, asksForReloader, watchedByReloader, toldNotToReload, reloadedOnlyFor }) =>
      // Reloader knows no ReplicaSets. A Rollout is restarted by its own field, with Reloader or without.
      kind !== 'ReplicaSet' &&
      kind !== 'Rollout' &&
      !asksForReloader &&
      !watchedByReloader &&
      toldNotToReload === undefined &&
      reloadedOnlyFor === undefined,
  );
  if (unwatched.length === 0) return undefined;
  return warning(`Reloader does not watch ${names(unwatched)}: the rotation restarts it itself.`, annotate(unwatched));
};

export const annotationsStandOnTheWorkload: Rule = ({ workloads }) => {
  const misplaced = workloads.filter((workload) => workload.watchedByReloader && workload.annotatedOnTemplateOnly);
  if (misplaced.length === 0) return undefined;
  return warning(
    `${names(misplaced)} has Reloader's annotation on the pod template only, which Reloader stops reading once the workload has one of its own.`,
    annotate(misplaced),
  );
};

export const reloaderDoesAsAsked: Rule = ({ workloads }) => {
  const refused = workloads.filter(({ reloaderDoesNot }) => reloaderDoesNot !== undefined);
  if (refused.length === 0) return undefined;
  const reasons = [...new Set(refused.flatMap(({ reloaderDoesNot }) => reloaderDoesNot ?? []))];
  return warning(
    `${names(refused)} is annotated for Reloader, but Reloader does not react (${reasons.join('; ')}): the rotation restarts it itself.`,
    'Nothing has to be done. Change the argument or the annotation if Reloader shall restart it.',
  );
};

export const reloaderReactsToEachSecret: Rule = ({ workloads }) => {
  const partly = workloads.flatMap((workload) =>
    workload.reloadedOnlyFor === undefined ? [] : [{ ...workload, reloadedOnlyFor: workload.reloadedOnlyFor }],
  );
  if (partly.length === 0) return undefined;
  const which = [...new Set(partly.flatMap(({ reloadedOnlyFor }) => reloadedOnlyFor))];
  return warning(
    `${names(partly)} reads several Secrets that change, and Reloader reacts to ${which.join(', ')} only: it is restarted twice, by Reloader and by the rotation.`,
    annotate(partly),
  );
};

export const reloadersAgree: Rule = ({ workloads }) => {
  const twice = workloads.filter(({ reloadedTwiceBy }) => reloadedTwiceBy !== undefined);
  if (twice.length === 0) return undefined;
  const reloaders = [...new Set(twice.flatMap(({ reloadedTwiceBy = [] }) => reloadedTwiceBy))];
  return warning(
    `${names(twice)} is restarted twice: the Reloaders ${reloaders.join(' and ')} react with different strategies, and each makes a rollout of its own.`,
    'Give them the same --reload-strategy, or let only one of them watch the namespace.',
  );
};

export const reloaderDoesNotPause: Rule = ({ oldPodsLogIn, workloads }) => {
  const pausing = workloads.filter(({ pauseSeconds }) => pauseSeconds !== undefined);
  if (pausing.length === 0) return undefined;
  const seconds = Math.max(...pausing.flatMap(({ pauseSeconds = 0 }) => pauseSeconds));
  const what = oldPodsLogIn
    ? 'the old pods can log in meanwhile, so the end of the pause is waited for'
    : 'the old pods would be refused meanwhile, so the rotation lifts the pause for its rollout';
  return warning(
    `Reloader pauses the rollout of ${names(pausing)} for ${seconds} s when the Secret changes (deployment.reloader.stakater.com/pause-period): ${what}.`,
    'Nothing has to be done. A shorter period shortens the rotation.',
  );
};

function annotate(workloads: readonly WorkloadFacts[]): string {
  return each(
    workloads,
    ({ kind, namespace, name }) =>
      `kubectl -n ${namespace} annotate ${kind.toLowerCase()} ${name} reloader.stakater.com/auto=true`,
  );
}
