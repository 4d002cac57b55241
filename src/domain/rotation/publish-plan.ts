import type { Target } from '../steps.ts';
import { holds, type SecretData } from '../secrets/secret-data.ts';

/** One Secret of the rotation at one moment. */
export interface PublishFacts {
  readonly name: string;
  /** What the staging Secret keeps of it: the changed keys with both values. */
  readonly staged: Readonly<Record<Target, SecretData>>;
  /** Its live data, or `undefined` when it was deleted. */
  readonly live: SecretData | undefined;
  /** Whether this rotation has written it, by its annotation. */
  readonly written: boolean;
}

export type PublishPlan =
  | { readonly kind: 'write'; readonly write: readonly string[]; readonly done: readonly string[] }
  /** Somebody else changed or deleted it: nothing is written, to none of them. */
  | { readonly kind: 'foreign'; readonly name: string; readonly deleted: boolean };

/**
 * Which Secrets to write. On the way back one that this rotation never wrote is left out, whatever it holds but the new
 * password, which nobody else has: another rotation that writes the same Secret replaces the annotation. Every other one
 * must hold one of the two staged sides, or nothing is written at all.
 */
export function planPublish(secrets: readonly PublishFacts[], target: Target): PublishPlan {
  const other: Target = target === 'pending' ? 'previous' : 'pending';
  const write: string[] = [];
  const done: string[] = [];
  for (const { name, staged, live, written } of secrets) {
    if (target === 'previous' && !written && live !== undefined && !holds(live, staged.pending)) continue;
    if (live !== undefined && holds(live, staged[target])) done.push(name);
    else if (live !== undefined && holds(live, staged[other])) write.push(name);
    else return { kind: 'foreign', name, deleted: live === undefined };
  }
  return { kind: 'write', write, done };
}
