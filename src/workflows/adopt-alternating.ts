import { CancellationScope, proxyActivities, setHandler, uuid4, workflowInfo } from '@temporalio/workflow';
import type { AdoptionActivities, AdoptionPreflight, RolesInput } from '../activities/types/index.ts';
import {
  halfwayAdvice,
  type AdoptionNames,
  parseAdoptAlternatingInput,
  type AdoptAlternatingInput,
  type AdoptionReport,
} from '../domain/adopt/index.ts';
import { needsAttentionAdvice, type StagingFound } from '../domain/rotation/advice.ts';
import { activityOptions } from '../domain/budgets.ts';
import { describeFinding, blocks } from '../domain/finding.ts';
import { placesOfPlan } from '../domain/secret-plan/plan.ts';
import { placedWorkloads, refOf, rotationId, type Rotation } from '../domain/rotation/rotation.ts';
import type { Outcome } from '../domain/rotation/report.ts';
import type { Cause } from '../domain/failures.ts';
import type { Target } from '../domain/steps.ts';
import { AdoptionLogbook } from './adoption-logbook.ts';
import { toCause } from './cause.ts';
import { askHook } from './ask-hook.ts';
import * as say from './describe-adoption.ts';
import { beginAnew, mustBeginAnew } from './begin-anew.ts';
import { conclude, endingWith, withSecondFailure } from './ending.ts';
import { asFailure, failure } from './failure.ts';
import { handOver } from './runbooks.ts';
import { stageCredentials, takeOver, type Interrupted } from './lock.ts';
import { adoptionProgressQuery } from './messages.ts';
import { searchAttributes } from './search-attributes.ts';
import { WayBack } from './way-back.ts';

const { preflightAdoption } = proxyActivities<AdoptionActivities>(activityOptions('preflight'));
const { splitSecrets } = proxyActivities<AdoptionActivities>(activityOptions('split'));
const { declareRoles } = proxyActivities<AdoptionActivities>(activityOptions('declare'));
const { withdrawRoles } = proxyActivities<AdoptionActivities>(activityOptions('withdraw'));

/** The adoption's roles, and its turn as a rotation. */
interface Adoption {
  readonly names: AdoptionNames;
  readonly rotation: Rotation;
}

/** How far the adoption came. A failure must take this much back. */
type Reached =
  /** Nothing that anybody reads was changed. New Secrets may exist. */
  | 'nothing'
  /** The adoption holds the lock, and may have declared the roles. */
  | 'roles'
  /** The turn may have begun. */
  | 'turn'
  /** The application already uses the right role, and the login roles are being taken away. */
  | 'withdrawal';

/**
 * Converts a component from one role whose password changes in place to two login roles that take turns, or back. No
 * login is refused meanwhile.
 * @returns the report, when the component is converted or nothing was to be done. Otherwise the workflow fails with the
 *   report in its failure's details.
 */
export async function adoptAlternating(input: AdoptAlternatingInput): Promise<AdoptionReport> {
  const request = asFailure(() => parseAdoptAlternatingInput(input));
  const { component, undo, dryRun, ownerSecret, endOldSessions } = request;
  const id = rotationId(component, workflowInfo().startTime, uuid4());
  const logbook = new AdoptionLogbook(id, request);
  setHandler(adoptionProgressQuery, () => logbook.report());
  logbook.turn.findableBy(await searchAttributes());

  const root = CancellationScope.current();
  const done = undo ? 'undone' : 'adopted';
  let roles: Adoption | undefined;
  let reached: Reached = 'nothing';
  /** The turn that an interrupted workflow had begun, and that is finished. */
  let finished: Rotation | undefined;
  const look = async (): Promise<AdoptionPreflight> => {
    const act = () => preflightAdoption({ component, direction: logbook.direction, ownerSecret, rotation: id });
    const found = await logbook.turn.step('preflight', 'pending', act, say.preflight);
    logbook.found(found);
    if (!dryRun) refuseBlocked(found);
    return found;
  };
  const interrupted: Interrupted = {
    finishTurn: async (turn, side) => {
      if (roles !== undefined) roles = { ...roles, rotation: turn };
      reached = 'turn';
      await handOver(logbook.turn, turn, side, { endOldSessions });
      reached = 'nothing';
      if (side === 'pending') finished = turn;
    },
    lookAgain: async () => {
      roles = toAdoption(id, await look());
      return roles.rotation;
    },
  };
  try {
    let found = await look();
    if (dryRun) return logbook.end('planned');
    if (found.done && found.interrupted === undefined) return logbook.end(done);
    const first = toAdoption(id, found);
    await askHook(logbook.turn, first.rotation, logbook.direction);
    roles = first;
    let replayed: readonly string[] = [];
    if (found.interrupted !== undefined) {
      const record = await takeOver(logbook.turn, roles.rotation, interrupted);
      replayed = record === undefined ? [] : [record];
      found = await look();
      roles = toAdoption(id, found);
    }
    if (!found.done) {
      if (!undo) await split(logbook, roles);
      const rotation = await stageCredentials(logbook.turn, roles.rotation, interrupted, replayed);
      roles = { ...roles, rotation };
      reached = 'roles';
      if (!undo) await declare(logbook, roles);
      if (rotation.turn !== undefined) {
        reached = 'turn';
        await handOver(logbook.turn, rotation, 'pending', { endOldSessions });
      }
      if (undo) {
        reached = 'withdrawal';
        await withdraw(logbook, roles, 'pending');
      }
    }
  } catch (error) {
    if (mustBeginAnew(error)) return beginAnew(input);
    const wayBack = new WayBack(root);
    const ended = await CancellationScope.nonCancellable(() => goBack(logbook, roles, reached, wayBack, error));
    if (ended === 'must begin anew') return beginAnew(input);
    throw ended;
  }
  const { rotation } = roles;
  const turned = rotation.turn === undefined ? (finished ?? rotation) : rotation;
  await CancellationScope.nonCancellable(() => concludeAdoption(logbook, turned, 'rotated'));
  return logbook.end(done);
}

function refuseBlocked({ findings }: AdoptionPreflight): void {
  const blocking = findings.filter(blocks);
  if (blocking[0] !== undefined) throw failure(blocking[0].rule, blocking.map(describeFinding).join(' '));
}

/** Without a turn the staging Secret is only a lock: as in a rotation in place that never publishes its password. */
function toAdoption(id: string, found: AdoptionPreflight): Adoption {
  const { component, names, secrets, changes, turn } = found;
  const { passwordAt = { secret: component.secret, key: 'password', within: '' } } = found;
  const strategy = turn === undefined ? 'in-place' : 'alternating';
  const rotation = {
    id,
    // Without a cluster the findings blocked. No worker belongs to a cluster without a uid.
    kubernetes: found.kubernetes ?? { uid: '' },
    component: { ...component, strategy },
    secrets,
    places: placesOfPlan(changes),
    passwordAt,
    copies: changes.copies,
    workloads: placedWorkloads(component, found.workloads),
    poolers: found.poolers,
    turn,
  } as const;
  return { names, rotation };
}

function toInput({ names, rotation }: Adoption): RolesInput {
  return { names, rotation: refOf(rotation), secrets: rotation.secrets };
}

async function split(logbook: AdoptionLogbook, roles: Adoption): Promise<void> {
  await logbook.turn.step('split', 'pending', () => splitSecrets(toInput(roles)), say.split);
}

async function declare(logbook: AdoptionLogbook, roles: Adoption): Promise<void> {
  await logbook.turn.step('declare', 'pending', () => declareRoles(toInput(roles)), say.declare);
}

async function withdraw({ turn }: AdoptionLogbook, roles: Adoption, target: Target, wayBack?: WayBack): Promise<void> {
  const act = () => withdrawRoles(toInput(roles));
  const persist = () => wayBack?.retry(act, (note) => turn.note(note)) ?? act();
  await turn.step('withdraw', target, persist, say.withdraw);
}

/**
 * Takes back what the adoption did so far. Where it finishes the turn of another rotation, that turn is taken back alone.
 * @returns the error with which the workflow ends.
 */
async function goBack(
  logbook: AdoptionLogbook,
  roles: Adoption | undefined,
  reached: Reached,
  wayBack: WayBack,
  error: unknown,
): Promise<Error | 'must begin anew'> {
  const cause = toCause(error);
  if (roles === undefined || reached === 'nothing') {
    if (roles !== undefined && logbook.direction === 'adopt') logbook.turn.warn(say.leftovers(roles.names));
    // The lock is ours only where it was taken over: a lock of our own is the last thing before the roles.
    if (logbook.report().tookOver !== undefined) await concludeAdoption(logbook, roles?.rotation, 'unchanged');
    return endingWith(logbook.end('unchanged', { cause }), error);
  }
  const { rotation, names } = roles;
  if (reached === 'withdrawal' || (reached === 'roles' && rotation.turn === undefined)) {
    // It is certain which credential the application uses. A new start goes on from here.
    await concludeAdoption(logbook, rotation, 'rotated');
    return halfway(logbook, cause);
  }
  try {
    if (reached === 'turn') await handOver(logbook.turn, rotation, 'previous', { endOldSessions: false, wayBack });
  } catch (second) {
    if (mustBeginAnew(second)) return 'must begin anew';
    const advice = needsAttentionAdvice(rotation, await concludeAdoption(logbook, rotation, 'needs-attention'));
    return endingWith(logbook.end('needs-attention', { cause: withSecondFailure(cause, second), advice }), undefined);
  }
  try {
    const isOwners = rotation.turn?.active.role === names.owner;
    if (logbook.direction === 'adopt' && isOwners) await withdraw(logbook, roles, 'previous', wayBack);
  } catch (second) {
    if (mustBeginAnew(second)) return 'must begin anew';
    await concludeAdoption(logbook, rotation, 'rolled-back');
    return halfway(logbook, withSecondFailure(cause, second));
  }
  await concludeAdoption(logbook, rotation, 'rolled-back');
  return endingWith(logbook.end('rolled-back', { cause }), error);
}

function halfway(logbook: AdoptionLogbook, cause: Cause): Error {
  const advice = halfwayAdvice(logbook.report().component, logbook.direction);
  return endingWith(logbook.end('needs-attention', { cause, advice }), undefined);
}

/** Without a turn no password was changed, so no Event may report a change. */
async function concludeAdoption(
  logbook: AdoptionLogbook,
  rotation: Rotation | undefined,
  reached: Outcome,
): Promise<StagingFound | undefined> {
  const outcome = reached === 'rotated' && rotation?.turn === undefined ? 'unchanged' : reached;
  return conclude(logbook.turn, rotation, outcome);
}
