/** A StatefulSet's pods at one moment. */
export interface OrderedFacts {
  readonly replicas: number;
  /** `podManagementPolicy: OrderedReady`. */
  readonly inOrder: boolean;
  /** Whether the controller replaces old pods; with the strategy OnDelete it does not. */
  readonly updates: boolean;
  readonly pods: readonly OrderedPod[];
}

export interface OrderedPod {
  readonly ordinal: number;
  readonly ready: boolean;
  readonly ending: boolean;
  /** It succeeded or failed, and is made again. */
  readonly over: boolean;
  /** It was made from the newest template. */
  readonly fresh: boolean;
}

/** The ordinals of the pods to make and to end. */
export interface OrderedStep {
  readonly create: readonly number[];
  readonly remove: readonly number[];
}

const NOTHING: OrderedStep = { create: [], remove: [] };

/**
 * What the StatefulSet controller does next, as Kubernetes 1.34 does it (pkg/controller/statefulset). In order, it looks
 * at the pods from the first to the last, and a pod that is not ready ends the look: no later pod is made, and no old
 * one is replaced, be it this one or another. A rolling update stands still there until the pod is ready or deleted.
 */
export function nextOrderedStep(facts: OrderedFacts): OrderedStep {
  const { replicas, inOrder, pods } = facts;
  const of = (ordinal: number) => pods.find((pod) => pod.ordinal === ordinal);
  const create: number[] = [];
  const remove: number[] = [];
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const pod = of(ordinal);
    if (pod === undefined) create.push(ordinal);
    else if (pod.over) remove.push(ordinal);
    if (inOrder && pod?.ready !== true) return { create, remove };
  }
  if (create.length > 0 || remove.length > 0) return { create, remove };
  const excess = pods.filter(({ ordinal }) => ordinal >= replicas);
  if (excess.length > 0) return { create, remove: endedFirst(excess, inOrder) };
  if (!facts.updates) return NOTHING;
  for (let ordinal = replicas - 1; ordinal >= 0; ordinal -= 1) {
    const pod = of(ordinal);
    if (pod !== undefined && !pod.fresh && !pod.ending) return { create, remove: [ordinal] };
    if (pod?.ready !== true) return NOTHING;
  }
  return NOTHING;
}

/** In order the last pod goes first, and alone. */
function endedFirst(excess: readonly OrderedPod[], inOrder: boolean): readonly number[] {
  if (inOrder && excess.some(({ ending }) => ending)) return [];
  const ordinals = excess.filter(({ ending }) => !ending).map(({ ordinal }) => ordinal);
  return inOrder ? ordinals.sort((a, b) => b - a).slice(0, 1) : ordinals;
}
