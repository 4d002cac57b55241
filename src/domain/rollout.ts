/** A workload and its pods at one moment, as far as a restart is concerned. */
export interface RolloutFacts {
  /** Pods that the workload wants. */
  readonly desired: number;
  /** The controller has seen the newest pod template. */
  readonly observed: boolean;
  /** How the pod template shows that it was changed for the live Secret. */
  readonly marker: RestartMarker | undefined;
  readonly pods: readonly PodFacts[];
}

/** What put the mark on the pod template: Reloader's hash of the live Secret, or our own annotation. */
export type RestartMarker = 'reloader' | 'forced';

export interface PodFacts {
  readonly name: string;
  /** Made from a pod template with the mark, so it read the live Secret. */
  readonly marked: boolean;
  readonly ready: boolean;
  /** Why a container is not running, such as `CrashLoopBackOff`. */
  readonly trouble?: string;
}

export type RolloutVerdict =
  /** Nothing has changed the pod template since the Secret changed. */
  | { readonly kind: 'untouched' }
  | { readonly kind: 'rolling'; readonly because: string }
  /** Every wanted pod is new and ready, and no old one is left. */
  | { readonly kind: 'complete'; readonly by: RestartMarker };

export function judgeRollout({ desired, observed, marker, pods }: RolloutFacts): RolloutVerdict {
  if (marker === undefined) return { kind: 'untouched' };
  const old = pods.filter(({ marked }) => !marked);
  const ready = pods.filter((pod) => pod.marked && pod.ready);
  if (!observed) return { kind: 'rolling', because: 'its controller has not seen the new pod template yet' };
  if (ready.length >= desired && old.length === 0) return { kind: 'complete', by: marker };
  const troubles = pods.flatMap(({ name, trouble }) => (trouble === undefined ? [] : [`${name}: ${trouble}`]));
  const counts = `${ready.length} of ${desired} new pods ready, ${old.length} old left`;
  return { kind: 'rolling', because: [counts, ...troubles].join('; ') };
}
