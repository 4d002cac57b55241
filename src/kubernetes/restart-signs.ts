import { createHash } from 'node:crypto';
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { RESTARTED_FOR } from '../domain/marks.ts';
import { hashInAnnotation, reloaderVariable } from '../domain/proofs/reloader.ts';
import type { Annotations, ReloaderView } from '../domain/reloader/index.ts';
import type { RestartMarker } from '../domain/proofs/rollout-facts.ts';
import { environmentValue } from './pod-spec.ts';

/** What shows that pods were made for the live Secrets. */
export interface RestartSigns {
  /** The Secrets that the workload reads. */
  readonly secrets: readonly SecretSigns[];
  /** The component of these Secrets. */
  readonly component: string;
  /** Our own annotation's value for a restart that we forced. */
  readonly mark: string;
  /** The same value for the rotation's other side. Pods with this value read a password that is no longer live. */
  readonly undone: string;
  /** When the last of the Secrets changed, by the API server's clock. */
  readonly changedAt: Date;
  /** Whose notes of a pause count. Absent: those of a Reloader with the usual arguments. */
  readonly reloaders?: ReloaderView['reloaders'];
}

export interface SecretSigns {
  readonly name: string;
  /** Reloader's hash of the current Secret. */
  readonly hash: string;
  /**
   * On the way back, the Secret's hash with the new password, which was live meanwhile. After Reloader changed its
   * strategy, the mark of the former strategy stays and may be of the old password. The present mark then shows more.
   */
  readonly undoneHash?: string;
}

/** The most characters of the name in an annotation's key. */
const MAX_NAME = 63;

/**
 * Our annotation on a pod template. Each component has its own annotation: a workload may read the Secrets of several
 * components, and a restart for one component does not count for another.
 */
export function restartedFor(component: string): string {
  const mark = `${RESTARTED_FOR}${component}`;
  if (mark.slice(mark.indexOf('/') + 1).length <= MAX_NAME) return mark;
  return `${RESTARTED_FOR}${createHash('sha256').update(component).digest('hex').slice(0, 32)}`;
}

/** Reads a pod template, or a pod, which carries its template's environment and annotations. */
export function findMarker(
  template: V1PodTemplateSpec,
  signs: Omit<RestartSigns, 'changedAt'>,
): RestartMarker | undefined {
  const { spec, metadata } = template;
  const annotations = metadata?.annotations ?? {};
  const forced = annotations[restartedFor(signs.component)];
  if (forced === signs.mark) return 'forced';
  // On the way back the live Secret is as before, so its hash may stand there since the change before this rotation.
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
