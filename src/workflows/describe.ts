import type {
  DrainResult,
  EmergencyResult,
  FinishResult,
  GenerateResult,
  PasswordLost,
  PreflightResult,
  PublishResult,
  ReassignResult,
  RestartResult,
  StageResult,
  SyncResult,
  VerifyResult,
  WatchResult,
  WaitResult,
} from '../activities/types/index.ts';
import { RELOADER_GRACE_SECONDS } from '../domain/budgets.ts';
import { objectName, workloadLabel } from '../domain/component.ts';
import { leftBehindSummary } from '../domain/consumers/left-behind.ts';
import { refusedCount } from '../domain/proofs/refused-logins.ts';
import type { JobsToWaitFor, PasswordChange, PasswordRequest } from '../domain/rotation/handover.ts';
import type { Rotation, RotationRef } from '../domain/rotation/rotation.ts';
import type { Approval, Outcome } from '../domain/rotation/report.ts';
import type { Cause } from '../domain/failures.ts';

/* One line for each step's result, as the timeline and the report show it. */

export function preflight({ component, secrets, workloads, turn, warnings }: PreflightResult): string {
  const restarts = workloads.map((one) => workloadLabel(component, one)).join(', ') || 'nothing';
  const notes = warnings.length === 0 ? '' : `; ${warnings.length} warning${warnings.length === 1 ? '' : 's'}`;
  const roles = turn === undefined ? `role ${component.role}` : `role ${turn.idle.role} after ${turn.active.role}`;
  return `${roles} on ${component.namespace}/${component.cluster}; will change ${secrets.join(', ')} and restart ${restarts}${notes}`;
}

export function stage({ generatedBy }: Pick<Rotation, 'generatedBy'>): (result: StageResult) => string {
  return ({ stagingSecret, tookOver }) => {
    const kept = generatedBy === undefined ? 'both credentials' : 'the previous credential';
    if (tookOver === undefined) return `${kept} in Secret ${stagingSecret}`;
    const { rotation, broughtAlong } = tookOver;
    return `taken over from rotation ${rotation}; ${broughtAlong.length === 0 ? 'nothing' : broughtAlong.join(', ')} brought along`;
  };
}

export function generate({ databaseRole, secret }: PasswordRequest): (result: GenerateResult) => string {
  return ({ generated, resourceVersion }) =>
    generated
      ? `CNPG generated a password for DatabaseRole ${databaseRole} into ${secret} (version ${resourceVersion ?? 'unknown'})`
      : `CNPG has generated no password for DatabaseRole ${databaseRole} and is not asked any more`;
}

/** What a person should know of a rotation that failed and could not go back. */
export function wentOn({ message }: Cause): string {
  return `The rotation failed once and had no way back from the password that CNPG had generated, so it went on to this password: ${message}`;
}

export function approve({ by, note }: Approval): string {
  return `approved by ${by ?? 'somebody'}${note === undefined ? '' : `: ${note}`}`;
}

export function wait({ seconds }: JobsToWaitFor): (result: WaitResult) => string {
  return ({ left }) =>
    left.length === 0 ? 'no Job runs with the old value' : `after ${seconds} s these still run: ${jobNames(left)}`;
}

/** What a person should know of Jobs for which the rotation waited no longer. */
export function jobsLeft({ seconds }: JobsToWaitFor, left: WaitResult['left']): readonly string[] {
  if (left.length === 0) return [];
  return [
    `After ${seconds} s of waiting these still ran with the old password, and are refused at their next login: ${jobNames(left)}. waitForJobsSeconds of the component lets a rotation wait longer.`,
  ];
}

function jobNames(left: WaitResult['left']): string {
  return left
    .map(({ kind, namespace, name, pods }) => `${objectName(kind, namespace, name)} (${pods.join(', ')})`)
    .join(', ');
}

export function publish({ touched, secrets, commit }: PublishResult): string {
  if (!touched) return 'this rotation never wrote the Secret: left alone';
  const by = commit === undefined ? '' : `commit ${commit.slice(0, 10)}; `;
  const changes = secrets
    .map(({ name, changedKeys, resourceVersion }) => `${name}: ${changedKeys.join(', ')} (version ${resourceVersion})`)
    .join('; ');
  return by + changes;
}

export function sync(change: PasswordChange): (result: SyncResult) => string {
  return (result) =>
    result.proven
      ? `CNPG applied ${result.untold ? 'the Secret' : `version ${result.version}`} on ${result.primary}${result.nudged ? ' after a nudge' : ''}; ${proof(change)}`
      : `not within the budget: ${result.because}`;
}

/** Why the emergency set a password. */
export const BUDGET_MISSED = 'CNPG did not apply it within the budget';
export const OPERATOR_AWAY = "CNPG's operator did not answer in preflight";

export function emergency(change: PasswordChange, before = ''): (result: EmergencyResult) => string {
  return ({ primary, altered }) =>
    `${before}${altered ? 'ALTER USER on' : 'nothing to alter on'} ${primary}; ${proof(change)}`;
}

/** What a person should know when CNPG did not set the password. */
export function bypassed(
  { component }: RotationRef,
  role: string,
  result: EmergencyResult,
  why: string,
): readonly string[] {
  const { altered, cannotReconcile = [] } = result;
  const { namespace, cluster } = component;
  const look = `kubectl -n ${namespace} describe cluster ${cluster}`;
  return [
    ...(altered
      ? [
          `An ALTER USER on the primary set the password of role "${role}" without CNPG, because ${why}. CNPG settles on the same password when it works again. Find out why it did not: ${look}, and the operator's log.`,
        ]
      : []),
    ...(cannotReconcile.length === 0
      ? []
      : [
          `CNPG will not settle: it cannot reconcile role "${role}" (${cannotReconcile.join('; ')}). Until that is mended, CNPG applies no later change of this role, and the next rotation needs the emergency ALTER USER again. Mend what it complains of, then: kubectl -n ${namespace} annotate cluster ${cluster} cnpg.io/reloadedAt="$(date -u +%FT%TZ)" --overwrite`,
        ]),
  ];
}

function proof({ proof: { refused } }: PasswordChange): string {
  return refused === undefined ? 'its login works' : 'new accepted, other refused';
}

export function restart(rotation: RotationRef): (result: RestartResult | PasswordLost) => string {
  const { component } = rotation;
  const describeOne = ({ pods, ending = [], before, ...workload }: RestartResult['workloads'][number]): string =>
    `${workloadLabel(component, workload)}: ${pods.length} new pod${pods.length === 1 ? '' : 's'} ready, ${byWhom(workload)}${ending.length === 0 ? '' : `; ${ending.length} old ending`}${before === undefined ? '' : ` (${before.ready} of ${before.of} were ready before)`}`;
  return (result) =>
    'lost' in result
      ? `not complete: ${lost(result)}`
      : result.workloads.map(describeOne).join('; ') || 'no workload reads the Secret';
}

function byWhom({
  by,
  reloaderWasLate,
  pause,
}: Pick<RestartResult['workloads'][number], 'by' | 'reloaderWasLate' | 'pause'>): string {
  const whose = by === 'reloader' ? 'by Reloader' : 'by a forced rollout';
  const late = reloaderWasLate === true ? `, since Reloader did not react within ${RELOADER_GRACE_SECONDS} s` : '';
  return `${whose}${late}${pause === undefined ? '' : ', with its pause lifted'}`;
}

function lost({ lost: { primary, before, because } }: PasswordLost): string {
  return `the primary changed from ${before} to ${primary}, and there ${because}`;
}

/** What a person should know of a failover that lost a password. */
export function passwordLost(result: PasswordLost): string {
  return `A failover lost the password: ${lost(result)}. The rotation set the password again.`;
}

/** Reloader finds no pause when its timer ends, and forgets to end the next one. */
export function lostTimers({ component }: RotationRef, workloads: RestartResult['workloads']): readonly string[] {
  return workloads.flatMap(({ pause, ...workload }) =>
    pause !== 'forget'
      ? []
      : [
          `${workloadLabel(component, workload)}: Reloader's pause-period ended while the rotation had lifted the pause. Restart Reloader, or it may not end the Deployment's next pause.`,
        ],
  );
}

/** The old of two roles is locked out in any case. So a person should know of old pods that end too slowly. */
export function lateEnds({ component }: RotationRef, workloads: RestartResult['workloads']): readonly string[] {
  return workloads.flatMap(({ ending = [], ...workload }) =>
    ending.length === 0
      ? []
      : [
          `${workloadLabel(component, workload)}: the old pods ${ending.join(', ')} were still ending when the budget of the restart was spent, and can open no new connection from here on. A shorter terminationGracePeriodSeconds lets them go in time.`,
        ],
  );
}

/** The baseline excuses pods that were not ready before. They still have the old password, so they are named. */
export function stayingPods({ component }: RotationRef, workloads: RestartResult['workloads']): readonly string[] {
  return workloads.flatMap(({ staying = [], ...workload }) =>
    staying.length === 0
      ? []
      : [
          `${workloadLabel(component, workload)}: the old pods ${staying.join(', ')} stay with the old password. They were not ready before the rotation either, and nothing replaces them.`,
        ],
  );
}

export function reassign({ component }: RotationRef): (result: ReassignResult) => string {
  return (result) => `"${component.alternating.owner}" got ${objectsText(result)}`;
}

function objectsText({ given, objects }: ReassignResult): string {
  const more = objects - given.length;
  return objects === 0 ? 'nothing' : `${given.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What a person should know of objects that a login role keeps, or that came into being while the roles changed. */
export function objectsKept({ component }: RotationRef, { reassigned }: DrainResult): readonly string[] {
  const { owner } = component.alternating;
  if (reassigned === undefined) return [];
  return [
    ...(reassigned.objects === 0
      ? []
      : [
          `The owner "${owner}" got ${objectsText(reassigned)}, which a login role owned: until then only that role could use it.`,
        ]),
    ...(reassigned.kept.length === 0
      ? []
      : [`PostgreSQL did not let the login roles give to "${owner}": ${reassigned.kept.join(', ')}.`]),
  ];
}

export function drain({ role, left, ended }: DrainResult): string {
  const how = ended === 0 ? '' : `, after ${ended} were ended`;
  return left === 0 ? `role ${role} has no session${how}` : `role ${role} still has ${left} sessions${how}`;
}

/** What a person should know of sessions that outlive their role's password. */
export function stragglers({ role, left, ended, clients, keptByPoolers = 0 }: DrainResult): readonly string[] {
  const where = clients.length === 0 ? '' : ` (from ${clients.join(', ')})`;
  if (keptByPoolers > 0 && keptByPoolers === left)
    return [
      `${left} sessions of role "${role}" live on${where}: PgBouncer keeps them until its server_idle_timeout and server_lifetime. Whether a client is behind one, PostgreSQL does not show. endOldSessions ends them.`,
    ];
  return [
    ...(ended === 0 ? [] : [`${ended} sessions of role "${role}" that did not end by themselves were ended.`]),
    ...(left === 0
      ? []
      : [
          `${left} sessions of role "${role}" live on${where}: somebody else than the restarted workloads uses it, and cannot log in again with its old password. endOldSessions ends such sessions.`,
        ]),
  ];
}

export function verify(result: VerifyResult | PasswordLost): string {
  if ('lost' in result) return lost(result);
  const { refusedWith, serverVersion, refusedLogins, poolers = [], secrets = [] } = result;
  const through = poolers.length === 0 ? '' : `, and so through ${poolers.join(' and ')}`;
  const too = secrets.length === 0 ? through : `${through}; logins made from ${secrets.join(' and ')}`;
  const proof = `accepted by PostgreSQL ${serverVersion}; the other refused with SQLSTATE ${refusedWith}${too}`;
  if (refusedLogins === undefined) return proof;
  if (refusedLogins.uncountable !== undefined) return `${proof}; refused logins cannot be counted`;
  return `${proof}; ${refusedCount(refusedLogins)} logins refused during the rotation, in a window of ${refusedLogins.windowSeconds.toFixed(1)} s`;
}

export function watch({ leftBehind }: WatchResult): string {
  return leftBehind.length === 0 ? 'nobody was refused any more' : leftBehindSummary(leftBehind);
}

export function notFinished(outcome: Outcome, { message }: Cause): string {
  return outcome === 'needs-attention'
    ? `Whether the staging Secret keeps both credentials could not be told, and it could not be marked so: ${message}`
    : `The staging Secret could not be cleaned up: ${message}`;
}

export function finish(outcome: Outcome): (result: FinishResult) => string {
  return ({ staging }) => {
    switch (staging) {
      case 'gone':
        return outcome === 'needs-attention' ? 'the staging Secret is gone' : 'there was no staging Secret any more';
      case 'of another rotation':
        return 'the staging Secret belongs to another rotation';
      case 'kept':
        return outcome === 'needs-attention'
          ? 'both credentials kept'
          : 'the record of an interrupted rotation is kept for the next one';
      case 'removed':
        return 'staging Secret removed';
    }
  };
}
