import { CancellationScope, proxyActivities, setHandler, uuid4, workflowInfo } from '@temporalio/workflow';
import type { RotationActivities } from '../activities/types/index.ts';
import { leftoverOf, needsAttentionAdvice } from '../domain/rotation/advice.ts';
import { activityOptions } from '../domain/budgets.ts';
import {
  parseRotatePasswordInput,
  type RotatePasswordInput,
  type RotatePasswordRequest,
} from '../domain/rotation/input.ts';
import { approvalHint } from '../domain/rotation/interventions.ts';
import { jobsBeforeTheChange } from '../domain/rotation/handover.ts';
import { placedWorkloads, refOf, requireSamePlaces, rotationId, type Rotation } from '../domain/rotation/rotation.ts';
import { type Outcome, type RotationReport } from '../domain/rotation/report.ts';
import { placesOfPlan } from '../domain/secret-plan/plan.ts';
import { askHook } from './ask-hook.ts';
import { beginAnew, mustBeginAnew } from './begin-anew.ts';
import { toCause } from './cause.ts';
import * as describe from './describe.ts';
import { conclude, endingWith, withSecondFailure } from './ending.ts';
import { explain } from './explain.ts';
import { asFailure } from './failure.ts';
import { handOver } from './runbooks.ts';
import { stageCredentials } from './lock.ts';
import { waitForRunningJobs } from './runbook-steps.ts';
import { Interventions } from './interventions.ts';
import { Logbook } from './logbook.ts';
import { countRotation } from './metrics.ts';
import { progressQuery } from './messages.ts';
import { searchAttributes } from './search-attributes.ts';
import { WayBack } from './way-back.ts';

const { preflight } = proxyActivities<RotationActivities>(activityOptions('preflight'));

/**
 * Changes the password of one component: in place, or by a handover to another login role.
 * @returns the report, when the password was rotated. Otherwise the workflow fails with the report in its failure's
 *   details. A cancelled workflow has no details in Temporal; the query `progress` still gives its report.
 */
export async function rotatePassword(input: RotatePasswordInput): Promise<RotationReport> {
  const request = asFailure(() => parseRotatePasswordInput(input));
  const { component, reason, startedBy, strategy, requireApproval } = request;
  const { workflowId, runId, startTime } = workflowInfo();
  const id = rotationId(component, startTime, uuid4());
  const opening = { rotation: id, workflowId, runId, component, reason, startedBy, strategy };
  const logbook = new Logbook(opening, countRotation);
  const interventions = new Interventions(component, requireApproval);
  const root = CancellationScope.current();
  setHandler(progressQuery, () => logbook.report());
  logbook.findableBy(await searchAttributes());

  let rotation: Rotation | undefined;
  // True from before the first write to the live Secret. From then on a failure must be undone.
  let secretMayBeChanged = false;
  try {
    await interventions.forward.run(async () => {
      const found = await resolve(logbook, id, request);
      await askHook(logbook, found, 'rotate');
      rotation = found;
      rotation = await stageCredentials(logbook, found, {
        finishTurn: async (turn, side) => {
          interventions.willWrite();
          [rotation, secretMayBeChanged] = [turn, true];
          await handOver(logbook, turn, side, request);
          [rotation, secretMayBeChanged] = [found, false];
          interventions.finishedBefore();
        },
        lookAgain: () => resolve(logbook, id, request, found),
      });
      if (requireApproval) {
        await awaitApproval(logbook, interventions, request);
        rotation = await lookAgain(logbook, rotation, request);
        await askHook(logbook, rotation, 'rotate');
      }
      await waitForRunningJobs({ logbook, rotation: refOf(rotation) }, jobsBeforeTheChange(rotation));
      interventions.willWrite(rotation.generatedBy === undefined);
      secretMayBeChanged = true;
      await handOver(logbook, rotation, 'pending', request);
      interventions.stopIfCancelled();
    });
  } catch (error) {
    if (mustBeginAnew(error)) return beginAnew(input);
    const wayBack = new WayBack(root);
    interventions.close(wayBack);
    const stopped = interventions.whatStopped(error);
    const ended = await CancellationScope.nonCancellable(() =>
      takeBack(logbook, secretMayBeChanged, rotation, wayBack, stopped),
    );
    if (ended === 'must begin anew') return beginAnew(input);
    if (ended instanceof Error) throw ended;
    return ended;
  }
  interventions.close();
  await CancellationScope.nonCancellable(() => conclude(logbook, rotation, 'rotated'));
  return logbook.end('rotated');
}

async function resolve(
  logbook: Logbook,
  id: string,
  { component: name, strategy, strict, watchSeconds, waitForJobsSeconds }: RotatePasswordRequest,
  before?: Rotation,
): Promise<Rotation> {
  const look = () =>
    preflight({ component: name, strategy, strict, watchSeconds, waitForJobsSeconds, kubernetes: before?.kubernetes });
  const found = await logbook.step('preflight', 'pending', look, describe.preflight);
  logbook.resolved(found);
  const { kubernetes, component, secrets, plan, passwordAt, consumers, turn } = found;
  const { roleSecretsInGit, gitPublishSeconds, reassigns, operatorAway, generatedBy, poolers } = found;
  const { copies } = plan;
  const places = placesOfPlan(plan);
  const workloads = placedWorkloads(component, found.workloads);
  const known = { copies, places, passwordAt, workloads, consumers, poolers };
  const special = { turn, generatedBy, roleSecretsInGit, gitPublishSeconds, reassigns, operatorAway };
  return { id, kubernetes, component, secrets, ...known, ...special };
}

/** While somebody decides, only the staging Secret exists. */
async function awaitApproval(
  logbook: Logbook,
  interventions: Interventions,
  { component, approvalTimeoutSeconds }: RotatePasswordRequest,
): Promise<void> {
  const until = new Date(Date.now() + approvalTimeoutSeconds * 1_000);
  const detail = approvalHint(component, workflowInfo().workflowId, until);
  const wait = () => interventions.approved(approvalTimeoutSeconds);
  const special = { budgetSeconds: approvalTimeoutSeconds, detail };
  logbook.approved(await logbook.step('approve', 'pending', wait, describe.approve, special));
}

/** A day may have passed since the first look, so the world is judged again before it is changed. */
async function lookAgain(logbook: Logbook, rotation: Rotation, request: RotatePasswordRequest): Promise<Rotation> {
  const { places, workloads, consumers, reassigns, operatorAway, poolers } = await resolve(
    logbook,
    rotation.id,
    request,
    rotation,
  );
  asFailure(() => requireSamePlaces(rotation, places));
  return { ...rotation, workloads, consumers, reassigns, operatorAway, poolers };
}

/** Undoes what was done. @returns the error that ends the workflow, or the report of a rotation that went on. */
function takeBack(
  logbook: Logbook,
  written: boolean,
  rotation: Rotation | undefined,
  wayBack: WayBack,
  error: unknown,
): Promise<Error | RotationReport | 'must begin anew'> {
  return rotation === undefined || !written
    ? leaveUnchanged(logbook, rotation, error)
    : undo(logbook, rotation, wayBack, error);
}

/** Nothing was changed. @returns the error that ends the workflow. */
async function leaveUnchanged(logbook: Logbook, rotation: Rotation | undefined, error: unknown): Promise<Error> {
  await conclude(logbook, rotation, 'unchanged');
  return endingWith(logbook.end('unchanged', { cause: toCause(error) }), error);
}

/**
 * Brings the previous credential back where it may have been changed. From a password that CNPG generated there is no way
 * back, so the rotation goes on to it.
 * @returns the error that ends the workflow, or the report of a rotation that went on.
 */
async function undo(
  logbook: Logbook,
  rotation: Rotation,
  wayBack: WayBack,
  error: unknown,
): Promise<Error | RotationReport | 'must begin anew'> {
  const cause = await explain(logbook, rotation, error);
  let outcome: Outcome;
  try {
    const touched = await handOver(logbook, rotation, 'previous', { endOldSessions: false, wayBack });
    outcome = touched ? (rotation.generatedBy === undefined ? 'rolled-back' : 'rotated') : 'unchanged';
  } catch (second) {
    if (mustBeginAnew(second)) return 'must begin anew';
    const advice = needsAttentionAdvice(rotation, await conclude(logbook, rotation, 'needs-attention'));
    return endingWith(logbook.end('needs-attention', { cause: withSecondFailure(cause, second), advice }), undefined);
  }
  const leftover = outcome === 'unchanged' ? leftoverOf(rotation) : undefined;
  if (leftover !== undefined) logbook.warn(leftover);
  if (outcome === 'rotated') logbook.warn(describe.wentOn(cause));
  await conclude(logbook, rotation, outcome);
  return outcome === 'rotated' ? logbook.end(outcome) : endingWith(logbook.end(outcome, { cause }), error);
}
