import type {
  EmergencyResult,
  PreflightResult,
  PublishResult,
  RestartResult,
  StageResult,
  SyncResult,
  VerifyResult,
} from '../activities/types.ts';
import type { Approval, Outcome } from '../domain/rotation.ts';

/* One line for each step's result, as the timeline and the report show it. */

export function preflight({ component, secrets, workloads, warnings }: PreflightResult): string {
  const restarts = workloads.map(({ kind, name }) => `${kind} ${name}`).join(', ') || 'nothing';
  const notes = warnings.length === 0 ? '' : `; ${warnings.length} warning${warnings.length === 1 ? '' : 's'}`;
  return `role ${component.role} on ${component.namespace}/${component.cluster}; will change ${secrets.join(', ')} and restart ${restarts}${notes}`;
}

export function stage({ stagingSecret }: StageResult): string {
  return `both credentials in Secret ${stagingSecret}`;
}

export function approve({ by, note }: Approval): string {
  return `approved by ${by ?? 'somebody'}${note === undefined ? '' : `: ${note}`}`;
}

export function publish({ touched, secrets, commit }: PublishResult): string {
  if (!touched) return 'this rotation never wrote the Secret: left alone';
  const by = commit === undefined ? '' : `commit ${commit.slice(0, 10)}; `;
  const changes = secrets
    .map(({ name, changedKeys, resourceVersion }) => `${name}: ${changedKeys.join(', ')} (version ${resourceVersion})`)
    .join('; ');
  return by + changes;
}

export function sync(result: SyncResult): string {
  if (!result.proven) return `not within the budget: ${result.because}`;
  return `CNPG applied version ${result.version} on ${result.primary}${result.nudged ? ' after a nudge' : ''}; new accepted, other refused`;
}

export function emergency({ primary }: EmergencyResult): string {
  return `ALTER USER on ${primary}; new accepted, other refused`;
}

export function restart({ workloads }: RestartResult): string {
  if (workloads.length === 0) return 'no workload reads the Secret';
  return workloads
    .map(
      ({ kind, name, by, pods }) =>
        `${kind} ${name}: ${pods.length} new pod${pods.length === 1 ? '' : 's'} ready, ${by === 'reloader' ? 'by Reloader' : 'by a forced rollout'}`,
    )
    .join('; ');
}

export function verify({ refusedWith, serverVersion, refusedLogins }: VerifyResult): string {
  const proof = `accepted by PostgreSQL ${serverVersion}; the other refused with SQLSTATE ${refusedWith}`;
  if (refusedLogins === undefined) return proof;
  const { count, windowSeconds } = refusedLogins;
  return `${proof}; ${count} logins refused during the rotation, in a window of ${windowSeconds.toFixed(1)} s`;
}

export function finish(outcome: Outcome): string {
  return outcome === 'needs-attention' ? 'both credentials kept' : 'staging Secret removed';
}
