import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { RotationActivities, StageInput } from '../activities/types/index.ts';
import { activityOptions } from '../domain/budgets.ts';
import { stagingPlan } from '../domain/rotation/handover.ts';
import { refOf, type Rotation } from '../domain/rotation/rotation.ts';
import { goingOnFrom } from '../domain/rotation/took-over.ts';
import type { Target } from '../domain/steps.ts';
import * as describe from './describe.ts';
import type { Logbook } from './logbook.ts';

/* How a workflow takes the lock of its component, and what it does with the record of an interrupted one. */

const { stage } = proxyActivities<RotationActivities>(activityOptions('stage'));

/** What a workflow does where the lock is taken over from an interrupted rotation. */
export interface Interrupted {
  /** Finishes the turn that was interrupted. */
  readonly finishTurn: (turn: Rotation, side: Target) => Promise<void>;
  /** Looks at the world again. @returns the rotation as this look found it. */
  readonly lookAgain: () => Promise<Rotation>;
}

/**
 * Takes the lock, and stores both credentials for the way there and the way back. Where the lock is taken over from an
 * interrupted rotation, that rotation's record is replayed first, its turn is finished if it had moved the application,
 * and the world is looked at again.
 * @param replayed the interrupted rotations whose records were replayed already.
 * @returns the rotation as the last look found it.
 */
export async function stageCredentials(
  logbook: Logbook,
  rotation: Rotation,
  interrupted: Interrupted,
  replayed: readonly string[] = [],
): Promise<Rotation> {
  const tookOver = await takeLock(logbook, rotation, interrupted, { replayed });
  if (tookOver === undefined) return rotation;
  return stageCredentials(logbook, await interrupted.lookAgain(), interrupted, [...replayed, tookOver]);
}

/**
 * Takes the lock over from an interrupted rotation, and finishes its turn, before anything is staged.
 * @returns the interrupted rotation, for `stageCredentials`; undefined where the lock is gone.
 */
export function takeOver(
  logbook: Logbook,
  rotation: Rotation,
  interrupted: Pick<Interrupted, 'finishTurn'>,
): Promise<string | undefined> {
  return takeLock(logbook, rotation, interrupted, { replayed: [], takeOverOnly: true });
}

async function takeLock(
  logbook: Logbook,
  rotation: Rotation,
  { finishTurn }: Pick<Interrupted, 'finishTurn'>,
  how: Pick<StageInput, 'replayed' | 'takeOverOnly'>,
): Promise<string | undefined> {
  const { workflowId: id, runId } = workflowInfo();
  const owner = { workflowId: id, runId };
  const act = () => stage({ rotation: refOf(rotation), owner, plan: stagingPlan(rotation), ...how });
  const { tookOver } = await logbook.step('stage', 'pending', act, describe.stage(rotation));
  if (tookOver === undefined) return undefined;
  logbook.tookOver(rotation.component, tookOver);
  const { rotation: interrupted, unfinished } = tookOver;
  if (unfinished !== undefined) await finishTurn(goingOnFrom(rotation, interrupted, unfinished), unfinished.side);
  return interrupted;
}
