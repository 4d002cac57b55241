import { otherTarget, type Target } from '../steps.ts';
import { holds, type SecretData } from '../secrets/secret-data.ts';

/** One Secret of the rotation at one moment. */
export interface PublishFacts {
  readonly name: string;
  /** The Secret's part of the staging Secret: the changed keys with both values. */
  readonly staged: Readonly<Record<Target, SecretData>>;
  /** Its live data, or `undefined` when it was deleted. */
  readonly live: SecretData | undefined;
  /** Whether this rotation has written the Secret, according to the Secret's annotation. */
  readonly written: boolean;
}

export type PublishPlan =
  | {
      readonly kind: 'write';
      readonly write: readonly string[];
      readonly done: readonly string[];
      /** On the way back: Secrets that hold the previous values and were never written. A late write may be on its way. */
      readonly fence: readonly string[];
    }
  /** Somebody else changed or deleted this Secret: no Secret is written. */
  | { readonly kind: 'foreign'; readonly name: string; readonly deleted: boolean };

/**
 * Which Secrets to write. The way back skips a Secret without this rotation's annotation, unless it holds the new
 * password: nobody else has this password, so another rotation must have replaced the annotation. Every other Secret
 * must hold one of the two staged values, or nothing is written.
 */
export function planPublish(secrets: readonly PublishFacts[], target: Target): PublishPlan {
  const other = otherTarget(target);
  const write: string[] = [];
  const done: string[] = [];
  const fence: string[] = [];
  for (const { name, staged, live, written } of secrets) {
    if (target === 'previous' && !written && live !== undefined && !holds(live, staged.pending)) {
      // Where it holds neither side, somebody has written since, and a late write fails already.
      if (holds(live, staged.previous)) fence.push(name);
    } else if (live !== undefined && holds(live, staged[target])) done.push(name);
    else if (live !== undefined && holds(live, staged[other])) write.push(name);
    else return { kind: 'foreign', name, deleted: live === undefined };
  }
  return { kind: 'write', write, done, fence };
}
