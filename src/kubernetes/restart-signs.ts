import { createHash } from 'node:crypto';
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { annotatedByReloader, reloaderVariable } from '../domain/reloader.ts';
import type { RestartMarker } from '../domain/rollout.ts';
import { environmentValue } from './pod-spec.ts';

/** What shows that pods were made for the live Secrets. */
export interface RestartSigns {
  /** Those that the workload reads, each with Reloader's hash of it as it is now. */
  readonly secrets: readonly { readonly name: string; readonly hash: string }[];
  /** Whose Secrets they are. */
  readonly component: string;
  /** Our own annotation's value for a restart that we forced. */
  readonly mark: string;
  /** The same of the other side of this rotation: pods that we restarted for it read what is live no more. */
  readonly undone: string;
}

/** What a name in an annotation's key may have at most. */
const MAX_NAME = 63;

/**
 * Our annotation on a pod template. Each component has one of its own: a workload may read the Secrets of several, and
 * a restart for the one is none for the other.
 */
export function restartedFor(component: string): string {
  const name = `restarted-for-${component}`;
  if (name.length <= MAX_NAME) return `cnpg-rotator.io/${name}`;
  return `cnpg-rotator.io/restarted-for-${createHash('sha256').update(component).digest('hex').slice(0, 32)}`;
}

/** Reads a pod template, or a pod, which carries what its template had. */
export function findMarker(template: V1PodTemplateSpec, signs: RestartSigns): RestartMarker | undefined {
  const { spec, metadata } = template;
  const annotations = metadata?.annotations ?? {};
  const forced = annotations[restartedFor(signs.component)];
  if (forced === signs.mark) return 'forced';
  // On the way back the live Secret is what it was, and so is its hash, which stands there since the change before.
  if (forced === signs.undone) return undefined;
  const byReloader = signs.secrets.every(({ name, hash }) => {
    const byVariable = spec !== undefined && environmentValue(spec, reloaderVariable(name)) === hash;
    return byVariable || annotatedByReloader(annotations, name, hash);
  });
  return byReloader ? 'reloader' : undefined;
}
