import type { V1Pod } from '@kubernetes/client-node';
import type { RestartMarker } from '../domain/proofs/rollout-facts.ts';
import type { Workload } from './workload-objects.ts';

/*
 * The proof for pods whose template has no mark: a pod that was made after the Secrets changed has read them. Both times
 * are the API server's, in whole seconds. In the second of the change a pod may have been made before the change, so the
 * pod counts as old.
 */

const SECOND_MS = 1_000;

/** The first moment at which every pod that is made reads the changed Secrets. */
export function newFrom(changedAt: Date): Date {
  return new Date((Math.floor(changedAt.getTime() / SECOND_MS) + 1) * SECOND_MS);
}

export function isNewerThan({ metadata }: V1Pod, changedAt: Date): boolean {
  return (metadata?.creationTimestamp?.getTime() ?? 0) >= newFrom(changedAt).getTime();
}

/**
 * Who restarted a Rollout since the Secrets changed. Where an old pod is left, only `spec.restartAt` counts: Argo follows
 * it whatever the steps of the Rollout say. A later time counts when Argo has done it: the time may be of next week.
 */
export function rolloutMarker(
  { spec, status }: Workload,
  changedAt: Date,
  { oldLeft, onTemplate }: { readonly oldLeft: boolean; readonly onTemplate: RestartMarker | undefined },
): RestartMarker | undefined {
  if (!oldLeft) return onTemplate ?? 'forced';
  const asked = Date.parse(spec?.restartAt ?? '');
  const first = newFrom(changedAt).getTime();
  const done = asked > first && Date.parse(status?.restartedAt ?? '') === asked;
  return asked === first || done ? 'forced' : undefined;
}
