import { workloadName } from '../component.ts';
import { restartCommand } from '../restart-command.ts';
import type { PreflightFacts, WorkloadFacts } from './facts.ts';
import { each, names, secretName, type Rule } from './rule.ts';
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

export const workloadsExist: Rule = ({ component, secret, workloads, podOwners }) => {
  if (secret === undefined || workloads.length + podOwners.length > 0) return undefined;
  return warning(
    `No workload in namespace ${component.namespace} reads ${secretName(component)}: nothing will be restarted.`,
    'Restart whatever uses the password by hand after the rotation.',
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

/** The measure of the restart is what was ready before. */
export const workloadsAreReady: Rule = ({ workloads }) => {
  const unready = workloads.filter(({ replicas, readyPods = replicas }) => readyPods < replicas);
  if (unready.length === 0) return undefined;
  const told = unready.map((one) => `${workloadName(one)} has ${one.readyPods ?? 0} of ${one.replicas} pods ready`);
  return warning(
    `${told.join(', ')}: the rotation restarts it, and waits for no more pods than were ready before.`,
    each(unready, ({ kind, namespace, name }) => `kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name}`),
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
    each(stale, restartCommand),
  );
};

function letRollOut({ kind, namespace, name, heldBack }: WorkloadFacts): string {
  const ref = `${kind.toLowerCase()} ${name}`;
  if (heldBack === 'paused') return `kubectl -n ${namespace} rollout resume ${ref}`;
  const patch = JSON.stringify({ spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: null } } });
  return `kubectl -n ${namespace} patch ${ref} --type merge -p '${patch}'`;
}
