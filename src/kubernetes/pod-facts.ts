import type { V1Pod } from '@kubernetes/client-node';
import type { PodFacts } from '../domain/proofs/rollout-facts.ts';
import { isEnding, isReady } from './workload-objects.ts';

/** Reasons of a container that is still starting. */
const HARMLESS: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** Pods carry the environment and the annotations of the template that they were made from. */
export function toPodFacts(pod: V1Pod, marked: boolean): PodFacts {
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const trouble = containers
    .map(
      ({ state }) =>
        state?.waiting?.reason ?? (state?.terminated?.exitCode === 0 ? undefined : state?.terminated?.reason),
    )
    .find((reason) => reason !== undefined && !HARMLESS.has(reason));
  const restarts = Math.max(0, ...containers.map(({ restartCount }) => restartCount));
  const { name = '', uid } = pod.metadata ?? {};
  return { name, uid, marked, ready: isReady(pod), ending: isEnding(pod), restarts, trouble };
}
