import { log } from '@temporalio/activity';
import { objectName } from '../../domain/component.ts';
import { changedMeanwhile, RotationError } from '../../domain/failures.ts';
import {
  ASKED,
  GOING_BACK,
  HANDED_OVER,
  PUSHED,
  REPLAYED,
  REPLAYING,
  ROTATION_LABEL,
  TURN,
  WAS_LIVE,
} from '../../domain/marks.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { Target } from '../../domain/steps.ts';
import type { LiveSecret, SecretChange } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Owner } from '../types/index.ts';
import {
  findStaging,
  lockState,
  ownerAnnotations,
  recordAnnotations,
  recordData,
  type LockState,
  type StagedChange,
  type Staging,
} from './staging.ts';

/*
 * How a lock is taken over from a rotation whose workflow ended without an end of its own (terminated, or lost with its
 * server's database). Its record is the only place that knows both sides, so the record goes last:
 *
 *   claim     the same Secret gets the new owner; the record stays, and an annotation says that it has to be replayed
 *   replay    every Secret of the application is brought to the side that the main Secret holds (replay.ts)
 *   go on     a turn that had moved the application is finished with the old record: the steps of the turn are taken
 *             once more, and each finds what is done (runbooks.ts)
 *   look      the workflow runs preflight again, since the world has changed
 *   replace   the new rotation's record takes the place of the old one, in one write
 *
 * Each write has the version on which it was decided. Of two rotations that take over, one wins each write. Where the
 * new rotation ends in between, the next one finds the claim and the old record, and does the same.
 */

/** The notes of a rotation on its staging Secret besides its record. A new record begins without them. */
const NOTES: readonly string[] = [REPLAYING, REPLAYED, GOING_BACK, PUSHED, WAS_LIVE, ASKED, TURN, HANDED_OVER];

/**
 * Makes a staging Secret ours whose owner has ended.
 * @throws RotationError `AnotherRotation` while the owner runs, or when it ended asking for attention.
 */
export async function claim(
  deps: Dependencies,
  rotation: RotationRef,
  owner: Owner,
  staging: Staging,
): Promise<Staging> {
  const state = await lockState(deps, staging);
  if (state !== 'ended') throw anotherRotation(rotation, staging, state);
  const record = staging.recordOf?.rotation ?? staging.rotationId;
  log.warn('taking over from a rotation whose workflow runs no more', {
    rotation: staging.rotationId,
    record,
    workflowId: staging.owner.workflowId,
  });
  const annotations = { ...(await ownerAnnotations(deps, owner)), [REPLAYING]: record, [REPLAYED]: null };
  return write(deps, rotation, staging, { labels: { [ROTATION_LABEL]: rotation.id }, annotations, data: {} });
}

/**
 * Notes that every Secret of the record is on one side. From here on the record may go.
 * @param goesOn the side to which a turn is finished: a way back that was interrupted may end the way there.
 */
export async function noteReplayed(
  deps: Dependencies,
  rotation: RotationRef,
  staging: Staging,
  goesOn: Target | undefined,
): Promise<Staging> {
  if (staging.recordOf?.replayed !== false) return staging;
  const annotations = {
    [REPLAYING]: null,
    [REPLAYED]: staging.recordOf.rotation,
    ...(goesOn === 'pending' && { [GOING_BACK]: null }),
  };
  return write(deps, rotation, staging, { annotations, data: {} });
}

/** Puts the rotation's own record in the place of the record that was replayed. */
export async function replaceRecord(
  deps: Dependencies,
  rotation: RotationRef,
  staging: Staging,
  change: StagedChange,
): Promise<Staging> {
  const data = recordData(change);
  const notes = Object.keys(staging.secret.annotations).filter((name) =>
    NOTES.some((note) => name === note || name.startsWith(`${note}-`)),
  );
  return write(deps, rotation, staging, {
    annotations: { ...Object.fromEntries(notes.map((note) => [note, null])), ...recordAnnotations(change) },
    data,
    without: Object.keys(staging.secret.data).filter((key) => !Object.hasOwn(data, key)),
  });
}

async function write(
  deps: Dependencies,
  { component }: RotationRef,
  { secret }: Staging,
  change: Omit<SecretChange, 'resourceVersion'>,
): Promise<Staging> {
  const { namespace, name, resourceVersion }: LiveSecret = secret;
  const changed = await deps.secrets.change(namespace, name, { ...change, resourceVersion });
  const written = changed && (await findStaging({ secrets: { find: () => Promise.resolve(changed) } }, component));
  // Another rotation was quicker: the retry finds whose the Secret is now.
  if (written === undefined) throw changedMeanwhile('Secret', namespace, name);
  return written;
}

export function anotherRotation(
  { component }: RotationRef,
  staging: Staging,
  state: Exclude<LockState, 'ended'>,
): RotationError {
  const { secret, rotationId, owner } = staging;
  const name = objectName('Secret', component.namespace, secret.name);
  const whose = `rotation ${rotationId} of ${component.name} (workflow ${owner.workflowId}, run ${owner.runId})`;
  const message = {
    elsewhere: `${name} is held by ${whose} of another Temporal server or namespace (${staging.temporal}). Let that one end. If that server is lost, docs/restoring.md says what to do before you delete the Secret.`,
    'needs-attention': `${name} keeps both credentials of ${whose}, which ended needing attention. Do what its report says ("cnpg-rotate follow ${component.name}"), then delete that Secret.`,
    running: `${name} is held by ${whose}, which is running. Wait for it: "cnpg-rotate follow ${component.name}", or "temporal workflow show -w ${owner.workflowId}".`,
  }[state];
  return new RotationError('AnotherRotation', message);
}
