import type {
  DrainInput,
  FinishInput,
  Owner,
  PasswordChangeInput,
  PublishInput,
  PublishResult,
  RestartInput,
  StageInput,
  SyncInput,
  VerifyInput,
} from '../../../src/activities/types/index.ts';
import {
  alternatingHandover,
  inPlaceHandover,
  stagingPlan,
  usernamesOf,
  type PasswordChange,
  type SecretChange,
} from '../../../src/domain/rotation/handover.ts';
import type { Outcome } from '../../../src/domain/rotation/report.ts';
import { refOf, type Rotation } from '../../../src/domain/rotation/rotation.ts';
import type { Target } from '../../../src/domain/steps.ts';

/* What a workflow gives to each step of a rotation. */

/** The application's Secrets, or the Secret of the login role that comes in or goes out. */
export type Part = 'application' | 'incoming' | 'outgoing';

interface Directed {
  readonly rotation: Rotation;
  readonly target: Target;
}

interface Parted extends Directed {
  readonly part?: Part;
}

export function stageInput(given: { rotation: Rotation; owner: Owner; replayed?: readonly string[] }): StageInput {
  const { rotation, ...more } = given;
  return { ...more, rotation: refOf(rotation), plan: stagingPlan(rotation) };
}

export function publishInput({ rotation, target, part = 'application' }: Parted): PublishInput {
  return { rotation: refOf(rotation), change: changeOf(rotation, target, part) };
}

export function passwordChangeInput({ rotation, target, part = 'application' }: Parted): PasswordChangeInput {
  const change = changeOf(rotation, target, part);
  if (!isPasswordChange(change)) throw new Error('CNPG sets no password from these Secrets.');
  return { rotation: refOf(rotation), change };
}

export function syncInput({ published, ...parted }: Parted & { readonly published: PublishResult }): SyncInput {
  return { ...passwordChangeInput(parted), published };
}

export function restartInput({ rotation, target }: Directed): RestartInput {
  return { rotation: refOf(rotation), restart: handover(rotation, target).restart };
}

export function drainInput({
  rotation,
  target,
  endOldSessions,
}: Directed & Pick<DrainInput, 'endOldSessions'>): DrainInput {
  if (rotation.turn === undefined) throw new Error('Only a role that hands over is drained.');
  const { drain } = alternatingHandover(rotation, rotation.turn, target);
  return { rotation: refOf(rotation), drain, endOldSessions };
}

export function verifyInput({
  rotation,
  target,
  ...more
}: Directed & Omit<VerifyInput, 'rotation' | 'end'>): VerifyInput {
  return { ...more, rotation: refOf(rotation), end: handover(rotation, target).end };
}

export function finishInput({ rotation, outcome }: { rotation: Rotation; outcome: Outcome }): FinishInput {
  const role = usernamesOf(rotation)[outcome === 'rolled-back' ? 'previous' : 'pending'];
  return { rotation: refOf(rotation), outcome, role };
}

function handover(rotation: Rotation, target: Target) {
  const { turn } = rotation;
  return turn === undefined ? inPlaceHandover(rotation, target) : alternatingHandover(rotation, turn, target);
}

function changeOf(rotation: Rotation, target: Target, part: Part): SecretChange {
  if (rotation.turn === undefined) return inPlaceHandover(rotation, target).change;
  const { letIn, change, lockOut } = alternatingHandover(rotation, rotation.turn, target);
  return { application: change, incoming: letIn, outgoing: lockOut }[part];
}

function isPasswordChange(change: SecretChange): change is PasswordChange {
  return 'login' in change;
}
