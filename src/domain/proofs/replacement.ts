import { wantedReady, type PodFacts, type RolloutFacts } from './rollout-facts.ts';

/**
 * The old pod to delete now, one at a time. An old pod that is not ready serves nobody. An old pod that is ready goes
 * only when as many pods are ready as before the rotation, so that at most one is missing.
 */
export function podToReplace(facts: RolloutFacts): PodFacts | undefined {
  const old = facts.pods.filter(({ marked, ending }) => !marked && !ending);
  const unready = old.find(({ ready }) => !ready);
  switch (facts.replaces) {
    case undefined:
      return undefined;
    case 'unready':
      return unready;
    case 'unready in order':
      return firstUnready(facts);
    case 'all': {
      if (unready !== undefined) return unready;
      const ready = facts.pods.filter((pod) => pod.ready).length;
      return ready >= wantedReady(facts) ? old[0] : undefined;
    }
  }
}

/** The pod with the lowest number that is not ready, where it is old: the StatefulSet waits for it. */
function firstUnready({ pods, firstOrdinal = 0 }: RolloutFacts): PodFacts | undefined {
  const inOrder = [...pods].sort((a, b) => ordinalOf(a) - ordinalOf(b));
  const index = inOrder.findIndex(({ ready }) => !ready);
  const pod = inOrder[index];
  // While a pod before it is missing, the StatefulSet waits for that one, which it makes itself.
  if (pod === undefined || ordinalOf(pod) !== firstOrdinal + index) return undefined;
  return pod.marked || pod.ending ? undefined : pod;
}

/** `litellm-2` has the number 2. */
function ordinalOf({ name }: PodFacts): number {
  return Number(/-(\d+)$/.exec(name)?.[1]);
}
