import { isCancellation, proxyActivities } from '@temporalio/workflow';
import type {
  DrainResult,
  EmergencyResult,
  PasswordLost,
  ProvenOn,
  PublishResult,
  RestartResult,
  RotationActivities,
  VerifyInput,
  VerifyResult,
} from '../activities/types/index.ts';
import { podPath } from '../domain/consumers/clients.ts';
import { watchSecondsOf } from '../domain/consumers/left-behind.ts';
import { poolersSeconds } from '../domain/poolers/pooler.ts';
import {
  activityOptions,
  BUDGET_SECONDS,
  COPIES_SECONDS,
  GITOPS_PUBLISH_SECONDS,
  LAST_LOOK_SECONDS,
} from '../domain/budgets.ts';
import {
  type EndToProve,
  type JobsToWaitFor,
  type PasswordChange,
  type PasswordRequest,
  type PodsToRestart,
  type RolesToDrain,
  type RolesToReassign,
  type SecretChange,
} from '../domain/rotation/handover.ts';
import { placedWorkloads, type RotationRef } from '../domain/rotation/rotation.ts';
import { timeOfRestarts } from '../domain/preflight/index.ts';
import { toCause } from './cause.ts';
import type { Step, Target } from '../domain/steps.ts';
import * as describe from './describe.ts';
import type { Logbook } from './logbook.ts';
import type { WayBack } from './way-back.ts';

/* The steps of both runbooks. Each step runs its activity and writes the result into the logbook. */

const { generate } = proxyActivities<RotationActivities>(activityOptions('generate'));
// The same activity runs under the budget of each step that writes Secrets.
const { publish: prepare } = proxyActivities<RotationActivities>(activityOptions('prepare'));
const { publish } = proxyActivities<RotationActivities>(activityOptions('publish'));
const { publish: retire } = proxyActivities<RotationActivities>(activityOptions('retire'));
const { followCopies } = proxyActivities<RotationActivities>(activityOptions('publish', COPIES_SECONDS));
const { sync } = proxyActivities<RotationActivities>(activityOptions('sync'));
const { emergencyAlterUser } = proxyActivities<RotationActivities>(activityOptions('emergency'));
const { restart } = proxyActivities<RotationActivities>(activityOptions('restart'));
const { reassign } = proxyActivities<RotationActivities>(activityOptions('reassign'));
const { drain } = proxyActivities<RotationActivities>(activityOptions('drain'));

const WRITE = { prepare, publish, retire } as const;

/** What all steps of one handover need. */
export interface Runbook {
  readonly logbook: Logbook;
  readonly rotation: RotationRef;
  readonly endOldSessions: boolean;
  /** CNPG's operator did not answer in preflight, so the emergency does not wait for it. */
  readonly operatorAway: boolean;
  /** Only on the way back: its steps are tried again for hours. */
  readonly wayBack?: WayBack;
}

/** Takes a step: on the way back until it succeeds. `round` counts from 1. */
function take<T>(
  { logbook, wayBack }: Runbook,
  step: Step,
  target: Target,
  run: (round: number) => Promise<T>,
  say: (result: T) => string,
  special?: Parameters<Logbook['step']>[4],
): Promise<T> {
  const act = () => wayBack?.retry(run, (note) => logbook.note(note)) ?? run(1);
  return logbook.step(step, target, act, say, special);
}

/**
 * Asks CNPG for another generated password, or takes the request back.
 * @returns false where CNPG has generated nothing: everything is as before.
 */
export async function askForPassword(runbook: Runbook, request: PasswordRequest, target: Target): Promise<boolean> {
  const { logbook, rotation } = runbook;
  const act = () => generate({ rotation, request, target });
  const answer = await take(runbook, 'generate', target, act, describe.generate(request));
  logbook.wrote(answer.startedAt);
  logbook.seen(answer.clients);
  return answer.generated;
}

/** Puts the staged values into the Secrets: by a commit where the Secrets come from Git. */
export async function writeSecrets(
  runbook: Runbook,
  change: SecretChange & Partial<Pick<PasswordChange, 'login'>>,
): Promise<PublishResult> {
  const { logbook, rotation } = runbook;
  const { step, target, commit, readByApplications, login, copies = [] } = change;
  const inGitSeconds = commit?.seconds ?? GITOPS_PUBLISH_SECONDS;
  const write = commit === undefined ? WRITE[step] : throughGit(inGitSeconds);
  const act = async () => {
    const published = await write({ rotation, change });
    // Where nothing was written, no copy moves.
    if (copies.length > 0 && published.touched) await followCopies({ rotation, change });
    return published;
  };
  const published = await take(runbook, step, target, act, describe.publish, {
    role: readByApplications ? undefined : login?.role,
    ...(commit !== undefined && { budgetSeconds: inGitSeconds }),
  });
  logbook.wrote(published.startedAt);
  for (const warning of published.warnings ?? []) logbook.warn(warning);
  return published;
}

function throughGit(seconds: number): RotationActivities['publishThroughGit'] {
  return proxyActivities<RotationActivities>(activityOptions('publish', seconds)).publishThroughGit;
}

/** Where and when a password was proven: the primary, and PostgreSQL's clock. */
type Applied = Pick<EmergencyResult, 'primary' | 'appliedAt'>;

/** Waits for CNPG, or sets the password instead of CNPG. */
export async function applyPassword(
  runbook: Runbook,
  change: PasswordChange,
  published: PublishResult,
): Promise<Applied> {
  const { logbook, rotation, operatorAway } = runbook;
  const { target, login, readByApplications } = change;
  const about = { role: readByApplications ? undefined : login.role };
  const wait = async () => {
    const result = await sync({ rotation, change, published });
    logbook.loggedInFrom(result.ownAddresses);
    return result;
  };
  const alter = () => emergencyAlterUser({ rotation, change });
  const bypassed = (altered: EmergencyResult, why: string): Applied => {
    logbook.loggedInFrom(altered.ownAddresses);
    for (const warning of describe.bypassed(rotation, login.role, altered, why)) logbook.warn(warning);
    return altered;
  };
  if (operatorAway) {
    try {
      const say = describe.emergency(change, `no sync, because ${describe.OPERATOR_AWAY}; `);
      return bypassed(await logbook.step('emergency', target, alter, say, about), describe.OPERATOR_AWAY);
    } catch (error) {
      // The operator may be back by now.
      if (isCancellation(error)) throw error;
    }
  }
  const synced = await take(runbook, 'sync', target, wait, describe.sync(change), about);
  if (synced.proven) return synced;
  // CNPG may have come back while the emergency failed.
  const either = async (round: number) => {
    const again = round === 1 ? undefined : await wait();
    return again?.proven === true ? again : alter();
  };
  const say = (result: Awaited<ReturnType<typeof either>>): string =>
    'altered' in result ? describe.emergency(change)(result) : describe.sync(change)(result);
  const applied = await take(runbook, 'emergency', target, either, say, about);
  return 'altered' in applied ? bypassed(applied, describe.BUDGET_MISSED) : applied;
}

/** Waits for the Jobs that read the old value; undefined where none runs. */
export async function waitForRunningJobs(
  { logbook, rotation }: Pick<Runbook, 'logbook' | 'rotation'>,
  wait: JobsToWaitFor | undefined,
): Promise<void> {
  if (wait === undefined) return;
  const { waitForJobs } = proxyActivities<RotationActivities>(activityOptions('wait', wait.seconds));
  const { left } = await logbook.step('wait', 'pending', () => waitForJobs({ rotation, wait }), describe.wait(wait), {
    budgetSeconds: wait.seconds,
  });
  for (const warning of describe.jobsLeft(wait, left)) logbook.warn(warning);
}

/** Gives what the login roles own to the owner, where preflight found something. */
export async function reassignObjects(runbook: Runbook, roles: RolesToReassign | undefined): Promise<void> {
  if (roles === undefined) return;
  const give = () => reassign({ rotation: runbook.rotation, reassign: roles });
  await take(runbook, 'reassign', roles.target, give, describe.reassign(runbook.rotation));
}

/** Waits until every pod runs with the values of the Secrets. */
export async function restartPods(
  runbook: Runbook,
  pods: PodsToRestart,
  proven: ProvenOn | undefined,
): Promise<Pick<RestartResult, 'workloads'> | PasswordLost> {
  const { logbook, rotation } = runbook;
  const act = async () => {
    const result = await restart({ rotation, restart: pods, ...(proven && { proven }) });
    if ('lost' in result) return result;
    return { ...result, workloads: placedWorkloads(rotation.component, result.workloads) };
  };
  const special = { budgetSeconds: timeOfRestarts(pods.workloads, 'budgetSeconds') };
  const say = describe.restart(rotation);
  const restarted = await take(runbook, 'restart', pods.target, act, say, special);
  if ('lost' in restarted) return restarted;
  const { workloads, clients = [] } = restarted;
  logbook.seen(clients);
  for (const warning of describe.stayingPods(rotation, workloads)) logbook.warn(warning);
  if (pods.oldPodsLogIn) for (const warning of describe.lateEnds(rotation, workloads)) logbook.warn(warning);
  for (const warning of describe.lostTimers(rotation, workloads)) logbook.warn(warning);
  return { workloads };
}

/** Waits until nobody is logged in as the old role. @returns the sessions that live on, where they may be seen. */
export async function drainRole(
  runbook: Runbook,
  roles: RolesToDrain,
  { secrets, published, workloads }: Pick<EndToProve, 'secrets'> & Pick<Done, 'published' | 'workloads'>,
): Promise<DrainResult['sessions']> {
  const { logbook, rotation, endOldSessions } = runbook;
  const moved = {
    secrets,
    restarted: {
      publishedAt: logbook.publishedAt(),
      wroteAt: logbook.wroteAt(),
      // Reloader may have made new pods before the restart looked.
      clients: published.clients,
      ownAddresses: logbook.ownAddresses(),
      seenBefore: logbook.seenBefore(),
      workloads: placedWorkloads(rotation.component, workloads),
    },
  };
  const wait = () => drain({ rotation, drain: roles, endOldSessions, ...(roles.target === 'pending' && moved) });
  const drained = await take(runbook, 'drain', roles.target, wait, describe.drain);
  logbook.loggedInFrom(drained.ownAddresses);
  for (const warning of drained.warnings ?? []) logbook.warn(warning);
  for (const warning of describe.stragglers(drained)) logbook.warn(warning);
  for (const warning of describe.objectsKept(rotation, drained)) logbook.warn(warning);
  return drained.sessions;
}

/** What the steps before found, for the report at the end. */
interface Done extends Pick<RestartResult, 'workloads'> {
  readonly appliedAt: string;
  readonly proven: ProvenOn | undefined;
  readonly published: PublishResult;
  readonly leftSessions?: DrainResult['sessions'];
}

/** Proves that one login works and the other does not. Also reports what the handover did to clients. */
export async function proveEnd(runbook: Runbook, end: EndToProve, done: Done): Promise<VerifyResult | PasswordLost> {
  const { logbook, rotation, endOldSessions } = runbook;
  const { appliedAt, published, workloads, leftSessions, proven } = done;
  const input = {
    rotation,
    end,
    ...(proven && { proven }),
    publishedAt: logbook.publishedAt(),
    wroteAt: logbook.wroteAt(),
    appliedAt,
    pods: workloads.flatMap(({ pods }) => pods),
    endingPods: placedWorkloads(rotation.component, workloads).flatMap(({ namespace, ending = [] }) =>
      ending.map((pod) => podPath({ namespace, pod })),
    ),
    clients: logbook.seen(published.clients),
    ownAddresses: logbook.ownAddresses(),
    endOldSessions,
    workloads,
    seenBefore: logbook.seenBefore(),
    leftSessions,
  };
  const budgetSeconds = BUDGET_SECONDS.verify + poolersSeconds(rotation.poolers);
  const { verify } = proxyActivities<RotationActivities>(activityOptions('verify', budgetSeconds));
  const verified = await take(runbook, 'verify', end.target, () => verify(input), describe.verify, { budgetSeconds });
  if ('lost' in verified) return verified;
  logbook.verified(verified);
  if (end.target === 'previous') logbook.leavesNobodyBehind();
  else await watchRefused(runbook, input, verified);
  return verified;
}

/** Looks for a while who is still refused. The password is proven, so a failed look fails nothing. */
async function watchRefused(
  { logbook, rotation: { component } }: Runbook,
  input: VerifyInput,
  { provenAt, aheadMs }: VerifyResult,
): Promise<void> {
  const watchSeconds = watchSecondsOf(component);
  // The result of an earlier version of this step does not say when its proof was.
  if (watchSeconds === 0 || provenAt === undefined || aheadMs === undefined) return;
  const { watch } = proxyActivities<RotationActivities>(activityOptions('watch', watchSeconds));
  const look = () => watch({ ...input, provenAt, aheadMs });
  const special = {
    budgetSeconds: watchSeconds + LAST_LOOK_SECONDS,
    detail: `looks for ${watchSeconds} s who is still refused`,
  };
  try {
    const { leftBehind } = await logbook.step('watch', 'pending', look, describe.watch, special);
    logbook.leavesBehind(leftBehind);
  } catch (error) {
    if (isCancellation(error)) throw error;
    logbook.warn(`Nobody could look who is still refused after the rotation: ${toCause(error).message}`);
  }
}
