import type { ReadingPod } from './consumer.ts';

/**
 * The wait for Jobs, between two looks. Until the Secret changes, every new pod of a Job reads the old value, and a
 * CronJob may start one at any time. So the wait takes one more look when the pods of its first look have ended, and
 * waits for the pods that it sees then. It takes no third look: some CronJobs run all the time.
 */
export interface JobsWait {
  /** The pods that the wait is for, by name. */
  readonly pods: readonly string[];
  readonly look: 'first' | 'last';
}

export type WaitVerdict =
  { readonly kind: 'over'; readonly left: readonly string[] } | { readonly kind: 'wait'; readonly wait: JobsWait };

/**
 * @param before the wait so far; undefined before the first look.
 * @param living the pods of Jobs that live now and read the old value.
 */
export function decideWait(before: JobsWait | undefined, living: readonly string[]): WaitVerdict {
  if (living.length === 0) return { kind: 'over', left: [] };
  if (before === undefined) return { kind: 'wait', wait: { pods: living, look: 'first' } };
  if (before.pods.some((pod) => living.includes(pod))) return { kind: 'wait', wait: before };
  if (before.look === 'first') return { kind: 'wait', wait: { pods: living, look: 'last' } };
  return { kind: 'over', left: living };
}

/**
 * Whether a pod started before the Secrets changed. The API server's times have whole seconds, so a pod of the same
 * second counts as older.
 * @param changedAt when each Secret that the pod reads was changed last, where it is known.
 */
export function readsOldValue({ createdAt }: ReadingPod, changedAt: readonly (Date | undefined)[]): boolean {
  if (createdAt === undefined) return true;
  const created = Math.floor(Date.parse(createdAt) / 1_000);
  return changedAt.some((time) => time === undefined || created <= Math.floor(time.getTime() / 1_000));
}
