import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  proxyActivities,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { AdoptionActivities, AdoptionPreflight, RolesInput, RotationActivities } from '../activities/types.ts';
import {
  halfwayAdvice,
  parseAdoptAlternatingInput,
  type AdoptAlternatingInput,
  type AdoptionReport,
} from '../domain/adopt/index.ts';
import { needsAttentionAdvice, type StagingFound } from '../domain/rotation/advice.ts';
import { activityOptions } from '../domain/budgets.ts';
import { describeFinding } from '../domain/finding.ts';
import { blocks } from '../domain/finding.ts';
import { placesOfPlan } from '../domain/secret-plan/plan.ts';
import { rotationId } from '../domain/rotation/rotation.ts';
import { type Outcome } from '../domain/rotation/report.ts';
import { type Cause } from '../domain/failures.ts';
import { type Target } from '../domain/steps.ts';
import { AdoptionLogbook } from './adoption-logbook.ts';
import { toCause } from './cause.ts';
import * as describe from './describe.ts';
import * as say from './describe-adoption.ts';
import { asFailure, failure } from './failure.ts';
import { makeTrue } from './make-true.ts';
import { adoptionProgressQuery } from './messages.ts';
import { searchAttributes } from './search-attributes.ts';
import { stagingOf } from './staging-of.ts';

const { preflightAdoption } = proxyActivities<AdoptionActivities>(activityOptions('preflight'));
const { splitSecrets } = proxyActivities<AdoptionActivities>(activityOptions('split'));
const { stage } = proxyActivities<RotationActivities>(activityOptions('stage'));
const { declareRoles } = proxyActivities<AdoptionActivities>(activityOptions('declare'));
const { withdrawRoles } = proxyActivities<AdoptionActivities>(activityOptions('withdraw'));
const { finish } = proxyActivities<RotationActivities>(activityOptions('finish'));

/** How far it came: what a failure has to take back. */
type Reached =
  /** Nothing of anybody's was changed; Secrets that nothing reads may be there. */
  | 'nothing'
  /** The lock is ours, and the roles may be declared. */
  | 'roles'
  /** The turn may have begun. */
  | 'turn'
  /** The application is where it is to be, and the login roles are being taken away. */
  | 'withdrawal';

/**
 * Converts a component from one role whose password changes in place to two login roles that take turns, or back,
 * without a refused login.
 * @returns the report, when it is converted or nothing was to be done. Otherwise the workflow fails with the report in
 *   its failure's details.
 */
export async function adoptAlternating(input: AdoptAlternatingInput): Promise<AdoptionReport> {
  const request = asFailure(() => parseAdoptAlternatingInput(input));
  const { component, undo, dryRun, ownerSecret, endOldSessions } = request;
  const id = rotationId(component, workflowInfo().startTime, uuid4());
  const logbook = new AdoptionLogbook(id, request);
  setHandler(adoptionProgressQuery, () => logbook.report());
  logbook.turn.findableBy(await searchAttributes());

  let roles: RolesInput | undefined;
  let reached: Reached = 'nothing';
  try {
    const look = () => preflightAdoption({ component, direction: logbook.direction, ownerSecret });
    const found = await logbook.turn.step('preflight', 'pending', look, say.preflight);
    logbook.found(found);
    if (dryRun) return logbook.end('planned');
    refuseBlocked(found);
    if (found.done) return logbook.end(undo ? 'undone' : 'adopted');
    roles = toRoles(id, found);
    if (!undo) await split(logbook, roles);
    await takeLock(logbook, roles);
    reached = 'roles';
    if (!undo) await declare(logbook, roles);
    if (found.turn !== undefined) {
      reached = 'turn';
      await makeTrue(logbook.turn, roles.rotation, 'pending', endOldSessions);
    }
    if (undo) {
      reached = 'withdrawal';
      await withdraw(logbook, roles, 'pending');
    }
  } catch (error) {
    throw await CancellationScope.nonCancellable(() => goBack(logbook, roles, reached, error));
  }
  await CancellationScope.nonCancellable(() => conclude(logbook, roles, 'rotated'));
  return logbook.end(undo ? 'undone' : 'adopted');
}

function refuseBlocked({ findings }: AdoptionPreflight): void {
  const blocking = findings.filter(blocks);
  const [first] = blocking;
  if (first === undefined) return;
  const message = blocking.map(describeFinding).join(' ');
  throw failure(first.rule, message);
}

/** Without a turn the staging Secret is a lock alone: as of a rotation in place whose password is never published. */
function toRoles(id: string, found: AdoptionPreflight): RolesInput {
  const { component, names, secrets, changes, workloads, turn } = found;
  const { passwordAt = { secret: component.secret, key: 'password', within: '' } } = found;
  const strategy = turn === undefined ? 'in-place' : 'alternating';
  const rotation = {
    id,
    // Without one the findings blocked; no worker is of a cluster without a uid.
    kubernetes: found.kubernetes ?? { uid: '' },
    component: { ...component, strategy },
    secrets,
    places: placesOfPlan(changes),
    passwordAt,
    workloads,
  } as const;
  return { names, rotation: turn === undefined ? rotation : { ...rotation, turn } };
}

async function split(logbook: AdoptionLogbook, roles: RolesInput): Promise<void> {
  await logbook.turn.step('split', 'pending', () => splitSecrets(roles), say.split);
}

async function declare(logbook: AdoptionLogbook, roles: RolesInput): Promise<void> {
  await logbook.turn.step('declare', 'pending', () => declareRoles(roles), say.declare);
}

async function withdraw(logbook: AdoptionLogbook, roles: RolesInput, target: Target): Promise<void> {
  await logbook.turn.step('withdraw', target, () => withdrawRoles(roles), say.withdraw);
}

async function takeLock(logbook: AdoptionLogbook, { rotation }: RolesInput): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  const take = () => stage({ rotation, owner: { workflowId, runId } });
  await logbook.turn.step('stage', 'pending', take, describe.stage);
}

/** Takes back what was reached. @returns what the workflow ends with. */
async function goBack(
  logbook: AdoptionLogbook,
  roles: RolesInput | undefined,
  reached: Reached,
  error: unknown,
): Promise<Error> {
  const cause = toCause(error);
  if (roles === undefined || reached === 'nothing') {
    if (roles !== undefined && logbook.direction === 'adopt') logbook.turn.warn(say.leftovers(roles.names));
    return ending(logbook.end('unchanged', { cause }), error);
  }
  const { rotation } = roles;
  if (reached === 'withdrawal' || (reached === 'roles' && rotation.turn === undefined)) {
    // The application's credential is certain, and starting again goes on from here.
    await conclude(logbook, roles, 'rotated');
    return halfway(logbook, cause);
  }
  try {
    if (reached === 'turn') await makeTrue(logbook.turn, rotation, 'previous', false);
  } catch (second) {
    const advice = needsAttentionAdvice(rotation, await conclude(logbook, roles, 'needs-attention'));
    return ending(logbook.end('needs-attention', { cause: both(cause, second), advice }), undefined);
  }
  try {
    if (logbook.direction === 'adopt') await withdraw(logbook, roles, 'previous');
  } catch (second) {
    await conclude(logbook, roles, 'rolled-back');
    return halfway(logbook, both(cause, second));
  }
  await conclude(logbook, roles, 'rolled-back');
  return ending(logbook.end('rolled-back', { cause }), error);
}

function both(cause: Cause, second: unknown): Cause {
  return { type: cause.type, message: `${cause.message} Going back failed too: ${toCause(second).message}` };
}

function halfway(logbook: AdoptionLogbook, cause: Cause): Error {
  const advice = halfwayAdvice(logbook.report().component, logbook.direction);
  return ending(logbook.end('needs-attention', { cause, advice }), undefined);
}

/** Housekeeping: its failure changes no outcome. @returns what was found of the staging Secret, where that is known. */
async function conclude(
  logbook: AdoptionLogbook,
  roles: RolesInput | undefined,
  reached: Outcome,
): Promise<StagingFound | undefined> {
  if (roles === undefined) return undefined;
  const { rotation } = roles;
  // Without a turn no password was changed, and no Event shall say so.
  const outcome = reached === 'rotated' && rotation.turn === undefined ? 'unchanged' : reached;
  try {
    const act = () => finish({ rotation, outcome });
    return stagingOf(await logbook.turn.step('finish', 'pending', act, describe.finish(outcome)), outcome);
  } catch (error) {
    logbook.turn.warn(describe.notFinished(outcome, toCause(error)));
    return undefined;
  }
}

function ending(report: AdoptionReport, error: unknown): Error {
  const message = `${report.component}: ${report.outcome}. ${report.cause?.message ?? ''}`;
  if (isCancellation(error)) return new CancelledFailure(message);
  const type = report.outcome === 'needs-attention' ? 'NeedsAttention' : (report.cause?.type ?? 'Unexpected');
  return ApplicationFailure.create({ type, message, details: [report], nonRetryable: true });
}
