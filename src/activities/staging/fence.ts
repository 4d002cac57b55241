import { objectName } from '../../domain/component.ts';
import { changedMeanwhile, RotationError } from '../../domain/failures.ts';
import { FENCE_MANAGER, FENCED, GOING_BACK } from '../../domain/marks.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { Target } from '../../domain/steps.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { readStaging, type Staging } from './staging.ts';

/*
 * An attempt that was given up may still write: its request hangs on the line, or its worker stood still. Two things
 * keep such a write out. Every write of a live Secret has the version on which it was decided.
 *
 *   The request was sent.   It fails where somebody wrote the Secret since. The way back and a replay therefore also
 *                           write the Secrets that they leave alone: an annotation, which only moves the version. CNPG
 *                           then sets the same password again. Reloader looks at the data alone.
 *   The attempt goes on.    It would read the new version. So it reads the staging Secret after the live Secrets, and
 *                           before it writes. By then the way back has noted itself there, or there is another owner.
 *
 * Through Git nothing is fenced. Flux writes the live Secrets, and a late push is refused: the branch has moved on, or
 * the note on the staging Secret that a push needs first cannot be written.
 */

/** Moves the version of a Secret that is left alone, unless this rotation has done so before. */
export async function fence(deps: Dependencies, rotationId: string, live: LiveSecret): Promise<void> {
  const { namespace, name, resourceVersion, annotations } = live;
  if (annotations[FENCED] === rotationId) return;
  const change = { data: {}, annotations: { [FENCED]: rotationId }, fieldManager: FENCE_MANAGER, resourceVersion };
  // A late write was quicker: the retry finds it.
  if ((await deps.secrets.change(namespace, name, change)) === undefined)
    throw changedMeanwhile('Secret', namespace, name);
}

/** Notes that the way back has begun, before the way back looks at anything. @returns the staging Secret with the note. */
export async function noteWayBack(deps: Dependencies, rotation: RotationRef): Promise<Staging> {
  const staging = await readStaging(deps, rotation);
  const { namespace, name, resourceVersion, annotations } = staging.secret;
  if (GOING_BACK in annotations) return staging;
  const change = { data: {}, annotations: { [GOING_BACK]: deps.now().toISOString() }, resourceVersion };
  if ((await deps.secrets.change(namespace, name, change)) === undefined)
    throw changedMeanwhile('Secret', namespace, name);
  return readStaging(deps, rotation);
}

/**
 * Called with the staging Secret as it is between the look at the live Secrets and the first write.
 * @throws RotationError `StagingLost` when the attempt comes too late.
 */
export function requireTurn({ secret, rotationId }: Staging, target: Target): void {
  if (target === 'previous' || !(GOING_BACK in secret.annotations)) return;
  throw new RotationError(
    'StagingLost',
    `${objectName('Secret', secret.namespace, secret.name)} says that rotation ${rotationId} is going back, so this late attempt writes nothing.`,
  );
}
