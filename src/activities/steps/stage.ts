import { changedMeanwhile } from '../../domain/failures.ts';
import { stagingSecretName } from '../../domain/marks.ts';
import type { Dependencies } from '../dependencies.ts';
import { replay } from '../staging/replay.ts';
import { planChange } from '../staging/staged-change.ts';
import { createStaging, findStaging, type Staging } from '../staging/staging.ts';
import { anotherRotation, claim, replaceRecord } from '../staging/take-over.ts';
import type { StageInput, StageResult } from '../types/index.ts';

/**
 * Takes the lock and writes both credentials. The lock of a rotation that was interrupted for good is taken over in two
 * calls: the first call replays its record, and the workflow then looks again and calls once more.
 * Running it twice is safe: the second run finds the staging Secret with its own rotation's id, and generates nothing.
 * A replay that was interrupted begins again and finds what it did.
 */
export async function stage(deps: Dependencies, input: StageInput): Promise<StageResult> {
  const { rotation, owner, plan, replayed, takeOverOnly } = input;
  const stagingSecret = stagingSecretName(rotation.component);
  const present = await findStaging(deps, rotation.component);
  const isOurs = present?.rotationId === rotation.id;
  if (present === undefined) {
    if (takeOverOnly === true) return { stagingSecret };
    const staging = await writeStaging(deps, input);
    if (staging.rotationId !== rotation.id) throw anotherRotation(rotation, staging, 'running');
    return { stagingSecret };
  }
  if (isOurs && present.recordOf === undefined) return { stagingSecret };
  let staging = isOurs ? present : await claim(deps, rotation, owner, present);
  if (replayed?.includes(staging.recordOf?.rotation ?? '') !== true) {
    const done = await replay(deps, rotation, staging);
    // A workflow that began with an earlier version cannot look again. It goes on with the plan that it has.
    if (replayed !== undefined) return { stagingSecret, tookOver: done.tookOver };
    ({ staging } = done);
  }
  await replaceRecord(deps, rotation, staging, await planChange(deps, rotation, plan));
  return { stagingSecret };
}

async function writeStaging(deps: Dependencies, { rotation, owner, plan }: StageInput): Promise<Staging> {
  const { component } = rotation;
  await createStaging(deps, rotation, owner, await planChange(deps, rotation, plan));
  // The staging Secret is ours, or that of a quicker rotation.
  const staging = await findStaging(deps, component);
  if (staging !== undefined) return staging;
  throw changedMeanwhile('Secret', component.namespace, stagingSecretName(component));
}
