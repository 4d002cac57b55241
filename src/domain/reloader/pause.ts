import { RELOADER_GRACE_SECONDS } from '../budgets.ts';
import { PAUSE_LIFTED } from '../marks.ts';
import { goDurationSeconds } from './duration.ts';
import { USUAL_RELOADER, type AnnotationNames, type ReloaderProgram } from './program.ts';
import type { Annotations } from './reaction.ts';

/*
 * Reloader v1.4 pauses a Deployment with the annotation `pause-period` before it marks the pod template, notes the time
 * in `paused-at`, and resumes after the period. Whoever resumes the Deployment earlier confuses Reloader: when its timer
 * ends it finds no pause, keeps the timer in its memory, and never ends the next pause. So a rotation that lifts the
 * pause for its rollout gives the rest of the pause back.
 */

export interface ReloaderPause {
  /** Milliseconds since 1970. Reloader resumes the Deployment then; 0 where its note is no time. */
  readonly endsAt: number;
  /** A rotation lifted the pause for its rollout. */
  readonly lifted: boolean;
  /** Reloader's annotation with the time. */
  readonly noted: string;
}

/** The part of a Deployment that shows a pause. */
export interface PausedDeployment {
  readonly paused: boolean;
  readonly annotations: Annotations;
}

/** Undefined where nobody, or somebody else than Reloader, pauses the Deployment. */
export function reloaderPauseOf(
  { paused, annotations }: PausedDeployment,
  reloaders: readonly ReloaderProgram[] | 'unknown' = 'unknown',
): ReloaderPause | undefined {
  const names = namesOf(reloaders).find(({ pausedAt }) => annotations[pausedAt]);
  if (names === undefined) return undefined;
  const lifted = !paused && PAUSE_LIFTED in annotations;
  if (!paused && !lifted) return undefined;
  const startedAt = Date.parse(annotations[names.pausedAt] ?? '');
  const seconds = goDurationSeconds(annotations[names.pausePeriod] ?? '') ?? 0;
  return { endsAt: Number.isNaN(startedAt) ? 0 : startedAt + seconds * 1_000, lifted, noted: names.pausedAt };
}

function namesOf(reloaders: readonly ReloaderProgram[] | 'unknown'): readonly AnnotationNames[] {
  return [USUAL_RELOADER, ...(reloaders === 'unknown' ? [] : reloaders)].map(({ names }) => names);
}

export type PauseStep =
  /** Reloader is about to resume the Deployment, or nobody is refused meanwhile. */
  { readonly kind: 'wait'; readonly lookAgainMs: number } | { readonly kind: 'lift' };

/**
 * What a restart does about a pause that holds its rollout back.
 * @param oldPodsLogIn whether the old pods can still log in while the rollout waits.
 */
export function decidePause(
  pause: ReloaderPause | undefined,
  { nowMs, oldPodsLogIn }: { readonly nowMs: number; readonly oldPodsLogIn: boolean },
): PauseStep | undefined {
  if (pause === undefined || pause.lifted) return undefined;
  const graceMs = RELOADER_GRACE_SECONDS * 1_000;
  const leftMs = pause.endsAt - nowMs;
  // Where Reloader was restarted during its pause, nobody ends the pause.
  if (leftMs < -graceMs) return { kind: 'lift' };
  if (!oldPodsLogIn && leftMs > graceMs) return { kind: 'lift' };
  return { kind: 'wait', lookAgainMs: Math.max(0, leftMs + graceMs) };
}

/** What becomes of a lifted pause when the rollout is done. `forget`: Reloader's timer has ended meanwhile. */
export function afterLiftedPause(pause: ReloaderPause | undefined, nowMs: number): 'give back' | 'forget' | undefined {
  if (pause?.lifted !== true) return undefined;
  return pause.endsAt - nowMs > GIVE_BACK_MS ? 'give back' : 'forget';
}

/** A pause that ends sooner might end before it is given back. */
const GIVE_BACK_MS = 2_000;
