import { createHash } from 'node:crypto';
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { RESTARTED_FOR } from '../domain/marks.ts';
import { hashInAnnotation, reloaderVariable, type Annotations } from '../domain/proofs/reloader.ts';
import type { RestartMarker } from '../domain/proofs/rollout.ts';
import { environmentValue } from './pod-spec.ts';

/** What shows that pods were made for the live Secrets. */
export interface RestartSigns {
  /** Those that the workload reads. */
  readonly secrets: readonly SecretSigns[];
  /** Whose Secrets they are. */
  readonly component: string;
  /** Our own annotation's value for a restart that we forced. */
  readonly mark: string;
  /** The same of the other side of this rotation: pods that we restarted for it read what is live no more. */
  readonly undone: string;
}

export interface SecretSigns {
  readonly name: string;
  /** Reloader's hash of it as it is now. */
  readonly hash: string;
  /**
   * On the way back, its hash with the new password, which was live meanwhile. Where Reloader has changed its strategy,
   * the mark of the one that it left stays, and may well be of the old password; the other one then tells more.
   */
  readonly undoneHash?: string;
}

/** What a name in an annotation's key may have at most. */
const MAX_NAME = 63;

/**
 * Our annotation on a pod template. Each component has one of its own: a workload may read the Secrets of several, and
 * a restart for the one is none for the other.
 */
export function restartedFor(component: string): string {
  const mark = `${RESTARTED_FOR}${component}`;
  if (mark.slice(mark.indexOf('/') + 1).length <= MAX_NAME) return mark;
  return `${RESTARTED_FOR}${createHash('sha256').update(component).digest('hex').slice(0, 32)}`;
}

/** Reads a pod template, or a pod, which carries what its template had. */
export function findMarker(template: V1PodTemplateSpec, signs: RestartSigns): RestartMarker | undefined {
  const { spec, metadata } = template;
  const annotations = metadata?.annotations ?? {};
  const forced = annotations[restartedFor(signs.component)];
  if (forced === signs.mark) return 'forced';
  // On the way back the live Secret is what it was, and so is its hash, which stands there since the change before.
  if (forced === signs.undone) return undefined;
  const { secrets } = signs;
  return secrets.every((secret) => reloadedFor(spec, annotations, secret)) ? 'reloader' : undefined;
}

function reloadedFor(
  spec: V1PodTemplateSpec['spec'],
  annotations: Annotations,
  { name, hash, undoneHash }: SecretSigns,
): boolean {
  const marks = [spec && environmentValue(spec, reloaderVariable(name)), hashInAnnotation(annotations, name)];
  return marks.includes(hash) && (undoneHash === undefined || !marks.includes(undoneHash));
}
