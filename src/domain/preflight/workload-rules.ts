import { workloadName } from '../component.ts';
import type { PreflightFacts, WorkloadFacts } from './facts.ts';
import { secretName, type Rule } from './rule.ts';
import { blocking, warning } from '../finding.ts';

const HELD_BACK = {
  paused: 'its rollout is paused',
  OnDelete: 'its update strategy is OnDelete',
  partition: 'its update strategy has a partition',
} as const satisfies Record<NonNullable<WorkloadFacts['heldBack']>, string>;

export const workloadsCanRollOut: Rule = ({ component, workloads }) => {
  const held = workloads.flatMap((workload) =>
    workload.heldBack === undefined ? [] : [{ workload, why: HELD_BACK[workload.heldBack] }],
  );
  if (held.length === 0) return undefined;
  return blocking(
    `Pods that read ${secretName(component)} would keep the old password: ${held.map(({ workload, why }) => `${workloadName(workload)}, ${why}`).join('; ')}.`,
    held.map(({ workload }) => letRollOut(workload)).join(' && '),
  );
};

export const workloadsExist: Rule = ({ component, secret, workloads }) => {
  if (secret === undefined || workloads.length > 0) return undefined;
  return warning(
    `No Deployment, StatefulSet or DaemonSet in namespace ${component.namespace} reads ${secretName(component)}: nothing will be restarted.`,
    'Restart whatever uses the password by hand after the rotation.',
  );
};

export const reloaderIsThere: Rule = ({ workloads, surroundings }) => {
  if (surroundings.reloaderFound !== false || !workloads.some(({ watchedByReloader }) => watchedByReloader))
    return undefined;
  return warning(
    'Workloads are annotated for Reloader, but no Deployment of it was found in any namespace: the rotation restarts them itself, 10 s later.',
    'helm install reloader stakater/reloader -n kube-system',
  );
};

export const workloadsAreWatched: Rule = ({ workloads }) => {
  const unwatched = workloads.filter(({ watchedByReloader }) => !watchedByReloader);
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

export const workloadsRoll: Rule = ({ workloads }) => {
  const recreating = workloads.filter(({ strategy }) => strategy === 'Recreate');
  if (recreating.length === 0) return undefined;
  return warning(
    `${names(recreating)} has the strategy Recreate: it is down while it restarts.`,
    each(recreating, ({ kind, namespace, name }) => {
      const patch = JSON.stringify({ spec: { strategy: { $retainKeys: ['type'], type: 'RollingUpdate' } } });
      return `kubectl -n ${namespace} patch ${kind.toLowerCase()} ${name} -p '${patch}'`;
    }),
  );
};

export const workloadsTellWhenReady: Rule = ({ workloads }) => {
  const silent = workloads.filter(({ hasReadinessProbe }) => !hasReadinessProbe);
  if (silent.length === 0) return undefined;
  return warning(
    `${names(silent)} has no readiness probe: a pod counts as ready before it has logged in, so a restart that fails is not seen.`,
    'Add a readinessProbe that needs the database to each container that reads the Secret.',
  );
};

export const workloadsHaveASecondPod: Rule = ({ workloads }) => {
  const single = workloads.filter(({ kind, replicas }) => kind !== 'DaemonSet' && replicas === 1);
  if (single.length === 0) return undefined;
  return warning(
    `${names(single)} has one replica: nothing else serves while its pod cannot log in.`,
    each(
      single,
      ({ kind, namespace, name }) => `kubectl -n ${namespace} scale ${kind.toLowerCase()} ${name} --replicas=2`,
    ),
  );
};

export const podsAreNewerThanTheSecret: Rule = ({ component, secret, workloads }: PreflightFacts) => {
  const changedAt = secret?.dataChangedAt;
  if (changedAt === undefined) return undefined;
  const stale = workloads.filter(
    ({ oldestPodStartedAt }) =>
      oldestPodStartedAt !== undefined && Date.parse(oldestPodStartedAt) < Date.parse(changedAt),
  );
  if (stale.length === 0) return undefined;
  return warning(
    `${names(stale)} has pods that are older than the last change of ${secretName(component)} (${changedAt}): they may still use an earlier password.`,
    each(stale, ({ kind, namespace, name }) => `kubectl -n ${namespace} rollout restart ${kind.toLowerCase()}/${name}`),
  );
};

function letRollOut({ kind, namespace, name, heldBack }: WorkloadFacts): string {
  const ref = `${kind.toLowerCase()} ${name}`;
  if (heldBack === 'paused') return `kubectl -n ${namespace} rollout resume ${ref}`;
  const patch = JSON.stringify({ spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: null } } });
  return `kubectl -n ${namespace} patch ${ref} --type merge -p '${patch}'`;
}

function annotate(workloads: readonly WorkloadFacts[]): string {
  return each(
    workloads,
    ({ kind, namespace, name }) =>
      `kubectl -n ${namespace} annotate ${kind.toLowerCase()} ${name} reloader.stakater.com/auto=true`,
  );
}

function names(workloads: readonly WorkloadFacts[]): string {
  return workloads.map(workloadName).join(', ');
}

function each(workloads: readonly WorkloadFacts[], command: (workload: WorkloadFacts) => string): string {
  return workloads.map(command).join(' && ');
}
