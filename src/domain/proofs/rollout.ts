/** A workload and its pods at one moment: the facts that matter for a restart. */
export interface RolloutFacts {
  /** Pods that the workload wants. */
  readonly desired: number;
  /** The controller has seen the newest pod template. */
  readonly observed: boolean;
  /** The mark on the pod template that shows a change for the live Secrets. */
  readonly marker: RestartMarker | undefined;
  /**
   * The ReplicaSet that the Deployment gave up after its `progressDeadlineSeconds`. On the way back to an earlier
   * ReplicaSet, the status still names the later one until something moves.
   */
  readonly timedOutReplicaSet?: string;
  readonly pods: readonly PodFacts[];
}

/** Who marked the pod template: Reloader with a hash of every live Secret, or our own annotation. */
export type RestartMarker = 'reloader' | 'forced';

export interface PodFacts {
  readonly name: string;
  /** The pod was made from a pod template with the mark, so it read the live Secrets. */
  readonly marked: boolean;
  readonly ready: boolean;
  /** The pod is stopping: it gets no requests and is gone after its `terminationGracePeriodSeconds` at the latest. */
  readonly ending: boolean;
  /** The highest restart count of its containers. */
  readonly restarts: number;
  /** Why a container is not running, such as `CrashLoopBackOff`. */
  readonly trouble?: string;
}

export type RolloutVerdict =
  /** Nothing has changed the pod template since the Secrets changed. */
  | { readonly kind: 'untouched' }
  | { readonly kind: 'rolling'; readonly because: string }
  /** Waiting will not finish the rollout; `pod` is a pod that shows why. */
  | { readonly kind: 'stuck'; readonly because: string; readonly pod?: string }
  /** Every wanted pod is new and ready: `kubectl rollout status` waits for the same. The pods in `ending` are old. */
  | { readonly kind: 'complete'; readonly by: RestartMarker; readonly ending: readonly string[] };

/**
 * Reasons from which a new pod does not recover by itself, each with the restarts that prove it. Reloader starts pods
 * before CNPG has applied the password, so a pod that crashes a few times may soon be well.
 */
const HOPELESS: ReadonlyMap<string, number> = new Map([
  ['CrashLoopBackOff', 4],
  ['ImagePullBackOff', 0],
  ['InvalidImageName', 0],
  ['CreateContainerError', 0],
]);

export function judgeRollout({ desired, observed, marker, timedOutReplicaSet, pods }: RolloutFacts): RolloutVerdict {
  if (marker === undefined) return { kind: 'untouched' };
  if (!observed) return { kind: 'rolling', because: 'its controller has not seen the new pod template yet' };
  const old = pods.filter(({ marked }) => !marked);
  const ready = pods.filter((pod) => pod.marked && pod.ready);
  if (ready.length >= desired && old.every(({ ending }) => ending))
    return { kind: 'complete', by: marker, ending: old.map(({ name }) => name) };
  const troubles = pods.flatMap(({ name, trouble }) => (trouble === undefined ? [] : [`${name}: ${trouble}`]));
  const because = [`${ready.length} of ${desired} new pods ready, ${old.length} old left`, ...troubles].join('; ');
  const lost = pods.find(isHopeless);
  if (lost !== undefined) return { kind: 'stuck', because, pod: lost.name };
  // The name of a pod begins with the name of its ReplicaSet.
  if (
    timedOutReplicaSet === undefined ||
    !pods.some((pod) => pod.marked && pod.name.startsWith(`${timedOutReplicaSet}-`))
  )
    return { kind: 'rolling', because };
  const waiting = pods.find((pod) => pod.marked && !pod.ready);
  return { kind: 'stuck', because: `progress deadline exceeded: ${because}`, pod: waiting?.name };
}

function isHopeless({ marked, ready, trouble, restarts }: PodFacts): boolean {
  const believedAfter = trouble === undefined ? undefined : HOPELESS.get(trouble);
  return marked && !ready && believedAfter !== undefined && restarts >= believedAfter;
}
