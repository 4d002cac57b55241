import { log } from '@temporalio/activity';
import type { StagingFound } from '../../domain/rotation/advice.ts';
import { stagingSecretName, NEEDS_ATTENTION } from '../../domain/marks.ts';
import { messageOf, changedMeanwhile } from '../../domain/failures.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { Outcome } from '../../domain/rotation/report.ts';
import type { EventText } from '../../kubernetes/events.ts';
import type { Dependencies } from '../dependencies.ts';
import { findStaging } from '../staging/staging.ts';
import type { FinishInput, FinishResult } from '../types/index.ts';

/**
 * Running it twice is safe: the Event's name is the rotation's, and a staging Secret of another rotation is left alone.
 * The second run reports what it finds, so it may report that the Secret is gone although the first run removed it.
 */
export async function finish(deps: Dependencies, input: FinishInput): Promise<FinishResult> {
  const released = release(deps, input.rotation, input.outcome);
  await writeEvent(deps, input, await released.catch(() => undefined));
  return { staging: await released };
}

/** Removes the staging Secret, or keeps it for the person who has to look. @returns what was found of the Secret. */
async function release(deps: Dependencies, { component, id }: RotationRef, outcome: Outcome): Promise<StagingFound> {
  const staging = await findStaging(deps, component);
  if (staging === undefined) return 'gone';
  if (staging.rotationId !== id) return 'of another rotation';
  if (outcome === 'needs-attention') {
    const { name, resourceVersion } = staging.secret;
    const annotations = { [NEEDS_ATTENTION]: 'true' };
    const marked = await deps.secrets.change(component.namespace, name, { data: {}, annotations, resourceVersion });
    if (marked !== undefined) return 'kept';
    // The retry marks the Secret as it is then. Without the mark the next rotation would treat its owner as dead.
    throw changedMeanwhile('Secret', component.namespace, name);
  }
  // The record of an interrupted rotation goes only when it is replayed: the next rotation goes on with it.
  if (staging.recordOf?.replayed === false) return 'kept';
  const { name, uid, resourceVersion } = staging.secret;
  // A rotation that takes over keeps the Secret's uid, so the version must be the one that was ours.
  if (await deps.secrets.delete(component.namespace, name, uid, resourceVersion)) return 'removed';
  throw changedMeanwhile('Secret', component.namespace, name);
}

/** An Event is for people. Where it cannot be written, the rotation's outcome stays the same. */
async function writeEvent(
  deps: Dependencies,
  { rotation: { component, id }, outcome, role, leftBehind }: FinishInput,
  found: StagingFound | undefined,
): Promise<void> {
  const text = eventText(outcome, role, id, whereCredentialsAre(stagingSecretName(component), found));
  const texts = [text, leftBehind === undefined ? undefined : leftBehindText(role, id, leftBehind)];
  for (const one of texts.filter((each) => each !== undefined)) {
    try {
      await deps.events.aboutSecret(component.secret, { namespace: component.namespace, id, ...one }, deps.now());
    } catch (error) {
      log.warn('the Event could not be written', { reason: messageOf(error) });
    }
  }
}

function whereCredentialsAre(secret: string, found: StagingFound | undefined): string {
  if (found === undefined) return `Secret ${secret} held both credentials`;
  if (found === 'gone') return `Secret ${secret}, which held both credentials, is gone`;
  if (found === 'of another rotation') return `Secret ${secret} belongs to another rotation`;
  return `both credentials are in Secret ${secret}`;
}

type Text = Pick<EventText, 'type' | 'reason' | 'message'>;

/** The API takes at most 1024 bytes of a message. */
const MAX_MESSAGE = 1_000;

function leftBehindText(role: string, id: string, leftBehind: string): Text {
  const message = `Rotation ${id} changed the password of role "${role}", and clients still have the old one: ${leftBehind}.`;
  return { type: 'Warning', reason: 'ClientsLeftBehind', message: message.slice(0, MAX_MESSAGE) };
}

function eventText(outcome: Outcome, role: string, id: string, credentials: string): Text | undefined {
  switch (outcome) {
    case 'rotated':
      return {
        type: 'Normal',
        reason: 'PasswordRotated',
        message: `Rotation ${id} changed the password of role "${role}".`,
      };
    case 'rolled-back':
      return {
        type: 'Warning',
        reason: 'PasswordRolledBack',
        message: `Rotation ${id} failed; role "${role}" has its previous password again.`,
      };
    case 'needs-attention':
      return {
        type: 'Warning',
        reason: 'PasswordNeedsAttention',
        message: `Rotation ${id} of role "${role}" could neither be finished nor undone; ${credentials}.`,
      };
    case 'unchanged':
      return undefined;
  }
}
