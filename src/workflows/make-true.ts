import { proxyActivities } from '@temporalio/workflow';
import type { DrainInput, PartInput, PublishResult, RotationActivities, StepInput } from '../activities/types.ts';
import { activityOptions, GITOPS_PUBLISH_SECONDS } from '../domain/budgets.ts';
import type { Rotation } from '../domain/rotation/rotation.ts';
import type { Target } from '../domain/steps.ts';
import { isInGit, loginOf, type Part } from '../domain/rotation/turn.ts';
import { toCause } from './cause.ts';
import * as describe from './describe.ts';
import type { Logbook } from './logbook.ts';

// One activity under the budget of each step that writes Secrets.
const { publish: prepare } = proxyActivities<RotationActivities>(activityOptions('prepare'));
const { publish } = proxyActivities<RotationActivities>(activityOptions('publish'));
const { publishThroughGit } = proxyActivities<RotationActivities>(activityOptions('publish', GITOPS_PUBLISH_SECONDS));
const { sync } = proxyActivities<RotationActivities>(activityOptions('sync'));
const { emergencyAlterUser } = proxyActivities<RotationActivities>(activityOptions('emergency'));
const { restart } = proxyActivities<RotationActivities>(activityOptions('restart'));
const { drain } = proxyActivities<RotationActivities>(activityOptions('drain'));
const { publish: retire } = proxyActivities<RotationActivities>(activityOptions('retire'));
const { verify } = proxyActivities<RotationActivities>(activityOptions('verify'));

/**
 * The runbook: the same steps on the way (`pending`) and on the way back (`previous`). In place the password changes
 * before the restart; of two roles the one is let in before it, and the other one locked out after it.
 * @returns false when there was nothing to do, because the Secret was never written.
 */
export async function makeTrue(
  logbook: Logbook,
  rotation: Rotation,
  target: Target,
  endOldSessions: boolean,
): Promise<boolean> {
  const input = { rotation, target };
  const letIn = rotation.turn && (await setPassword(logbook, { ...input, part: 'incoming' }));
  const published = await write(logbook, { ...input, part: 'application' });
  if (!published.touched) {
    await takeLoginBack(logbook, input);
    return false;
  }
  const appliedAt = letIn?.appliedAt ?? (await untilApplied(logbook, { ...input, part: 'application' }, published));
  const { workloads } = await logbook.step('restart', target, () => restart(input), describe.restart);
  if (rotation.turn !== undefined) {
    for (const warning of describe.lateEnds(workloads)) logbook.warn(warning);
    await endSessions(logbook, { ...input, endOldSessions });
    await setPassword(logbook, { ...input, part: 'outgoing' });
  }
  const after = {
    publishedAt: logbook.publishedAt(),
    appliedAt,
    pods: workloads.flatMap(({ pods }) => pods),
    endingPods: workloads.flatMap(({ ending = [] }) => ending),
    clients: logbook.seen(published.clients),
    ownAddresses: logbook.ownAddresses(),
    endOldSessions,
  };
  logbook.verified(await logbook.step('verify', target, () => verify({ ...input, ...after }), describe.verify));
  return true;
}

/** Lets a login role in, or locks it out, by the verifier in its own Secret, which no application reads. */
async function setPassword(
  logbook: Logbook,
  input: PartInput & { readonly part: Exclude<Part, 'application'> },
): Promise<{ readonly appliedAt: string }> {
  const published = await write(logbook, input);
  // On the way back a role that was not retired yet can still log in.
  return { appliedAt: published.touched ? await untilApplied(logbook, input, published) : new Date().toISOString() };
}

const WRITING = {
  incoming: { step: 'prepare', act: prepare },
  application: { step: 'publish', act: publish },
  outgoing: { step: 'retire', act: retire },
} as const;

/** Puts the target's side into the Secrets of a part: by a commit where Git has them. */
async function write(logbook: Logbook, input: Required<PartInput>): Promise<PublishResult> {
  const { rotation, target, part } = input;
  const inGit = isInGit(rotation, target, part);
  const { step, act } = WRITING[part];
  const published = await logbook.step(
    step,
    target,
    () => (inGit ? publishThroughGit(input) : act(input)),
    describe.publish,
    {
      ...(part !== 'application' && { role: loginOf(rotation, target, part).role }),
      ...(inGit && { budgetSeconds: GITOPS_PUBLISH_SECONDS }),
    },
  );
  for (const warning of published.warnings ?? []) logbook.warn(warning);
  return published;
}

/** Waits for CNPG, or does its work. @returns PostgreSQL's clock when the proof was there. */
async function untilApplied(logbook: Logbook, input: PartInput, published: PublishResult): Promise<string> {
  const { rotation, target, part = 'application' } = input;
  const about = rotation.turn && { role: loginOf(rotation, target, part).role };
  const wait = () => sync({ ...input, published });
  const synced = await logbook.step('sync', target, wait, describe.sync(part), about);
  logbook.loggedInFrom(synced.ownAddresses);
  if (synced.proven) return synced.appliedAt;
  const act = () => emergencyAlterUser(input);
  const altered = await logbook.step('emergency', target, act, describe.emergency(part), about);
  logbook.loggedInFrom(altered.ownAddresses);
  for (const warning of describe.bypassed(rotation, loginOf(rotation, target, part).role, altered))
    logbook.warn(warning);
  return altered.appliedAt;
}

/**
 * Nobody knows any password of the role that was let in for nothing, so in the cluster it may keep the new one. In Git
 * it may not: the commit could be one that never reached the cluster, and would do so later.
 */
async function takeLoginBack(logbook: Logbook, input: StepInput): Promise<void> {
  if (input.rotation.turn === undefined || !isInGit(input.rotation, input.target, 'outgoing')) return;
  try {
    await write(logbook, { ...input, part: 'outgoing' });
  } catch (error) {
    logbook.warn(`The login role's Secret could not be taken back in Git: ${toCause(error).message}`);
  }
}

async function endSessions(logbook: Logbook, input: DrainInput): Promise<void> {
  const drained = await logbook.step('drain', input.target, () => drain(input), describe.drain);
  logbook.loggedInFrom(drained.ownAddresses);
  for (const warning of describe.stragglers(drained)) logbook.warn(warning);
}
