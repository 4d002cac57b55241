import type { ReloaderPause } from '../reloader/index.ts';

/** A workload and its pods at one moment: the facts that matter for a restart. */
export interface RolloutFacts {
  /** Pods that the workload wants. */
  readonly desired: number;
  /** How many of its pods were ready before the rotation; absent: as many as it wants. */
  readonly readyBefore?: number;
  /** The controller has seen the newest pod template. */
  readonly observed: boolean;
  /** The mark on the pod template that shows a change for the live Secrets. */
  readonly marker: RestartMarker | undefined;
  /**
   * The ReplicaSet that the Deployment gave up after its `progressDeadlineSeconds`. On the way back to an earlier
   * ReplicaSet, the status still names the later one until something moves.
   */
  readonly timedOutReplicaSet?: string;
  /** The old pods that no controller replaces, so that the restart does; absent: the controller replaces every pod. */
  readonly replaces?: Replaces;
  /** The number of a StatefulSet's first pod; absent: 0. */
  readonly firstOrdinal?: number;
  /** Reloader's pause of a Deployment, which holds its rollout back until it is lifted. */
  readonly pause?: ReloaderPause;
  readonly pods: readonly PodFacts[];
}

/** Who marked the pod template: Reloader with a hash of every live Secret, or our own annotation. */
export type RestartMarker = 'reloader' | 'forced';

export interface PodFacts {
  readonly name: string;
  /** A StatefulSet gives the same name again. */
  readonly uid?: string;
  /** The pod was made from a pod template with the mark, or after the Secrets changed, so it read the live Secrets. */
  readonly marked: boolean;
  readonly ready: boolean;
  /** The pod is stopping: it gets no requests and is gone after its `terminationGracePeriodSeconds` at the latest. */
  readonly ending: boolean;
  /** The highest restart count of its containers. */
  readonly restarts: number;
  /** Why a container is not running, such as `CrashLoopBackOff`. */
  readonly trouble?: string;
}

/**
 * Which old pods the restart deletes, so that they come back from the new pod template.
 *
 * - `all`: no controller replaces a pod of a bare ReplicaSet, and none follows a mark of ours on pods of other owners.
 * - `unready`: the controller keeps so many pods ready that it waits for old ones that will never be ready again.
 * - `unready in order`: so does a StatefulSet with OrderedReady. It also makes no pod while one before it is not ready.
 */
export type Replaces = 'all' | 'unready' | 'unready in order';

/** How many new pods have to be ready. What was not ready before the rotation is not the rotation's to mend. */
export function wantedReady({ desired, readyBefore = desired }: RolloutFacts): number {
  return Math.min(desired, readyBefore);
}

export function newAndReady(pods: readonly PodFacts[]): readonly PodFacts[] {
  return pods.filter(({ marked, ready }) => marked && ready);
}
