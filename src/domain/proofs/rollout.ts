import { podToReplace } from './replacement.ts';
import { newAndReady, wantedReady, type PodFacts, type RolloutFacts } from './rollout-facts.ts';

export type RolloutVerdict =
  /** Nothing has changed the pod template since the Secrets changed. */
  | { readonly kind: 'untouched' }
  | {
      readonly kind: 'rolling';
      readonly because: string;
      /** As many new pods are ready as pods were before, where that was fewer than wanted. Old pods are still there. */
      readonly asBefore: boolean;
    }
  /** Waiting will not finish the rollout; `pod` is a pod that shows why. */
  | { readonly kind: 'stuck'; readonly because: string; readonly pod?: string }
  /**
   * Every wanted pod is new and ready: `kubectl rollout status` waits for the same. Where fewer pods were ready before
   * the rotation, so many new pods are ready, and no old pod is.
   */
  | { readonly kind: 'complete' };

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

export function judgeRollout(facts: RolloutFacts): RolloutVerdict {
  const { desired, observed, marker, pods, replaces } = facts;
  if (marker === undefined) return { kind: 'untouched' };
  if (!observed) {
    return { kind: 'rolling', because: 'its controller has not seen the new pod template yet', asBefore: false };
  }
  const old = pods.filter(({ marked }) => !marked);
  const ready = newAndReady(pods);
  const wanted = wantedReady(facts);
  const broken = desired - wanted;
  // The restart itself deletes the old pods that no controller replaces, ready or not: it goes on until none is left.
  const inTheWay = old.filter((pod) => (broken === 0 || replaces !== undefined ? !pod.ending : pod.ready));
  if (ready.length >= wanted && inTheWay.length === 0 && podToReplace(facts) === undefined) {
    return { kind: 'complete' };
  }
  const troubles = pods.flatMap(({ name, trouble }) => (trouble === undefined ? [] : [`${name}: ${trouble}`]));
  const because = [`${ready.length} of ${desired} new pods ready, ${old.length} old left`, ...troubles].join('; ');
  const lost = pods.filter(isHopeless);
  // As many pods as were not ready before may be lost.
  if (lost.length > broken) return { kind: 'stuck', because, pod: lost[0]?.name };
  const waiting = broken === 0 ? givenUp(facts) : undefined;
  if (waiting !== undefined) {
    return { kind: 'stuck', because: `progress deadline exceeded: ${because}`, pod: waiting.name };
  }
  return { kind: 'rolling', because, asBefore: broken > 0 && ready.length >= wanted };
}

/** A pod of the ReplicaSet that the Deployment gave up. The name of a pod begins with the name of its ReplicaSet. */
function givenUp({ timedOutReplicaSet, pods }: RolloutFacts): PodFacts | undefined {
  if (timedOutReplicaSet === undefined) return undefined;
  const own = pods.filter(({ marked, name }) => marked && name.startsWith(`${timedOutReplicaSet}-`));
  return own.find(({ ready }) => !ready) ?? own[0];
}

function isHopeless({ marked, ready, trouble, restarts }: PodFacts): boolean {
  const believedAfter = trouble === undefined ? undefined : HOPELESS.get(trouble);
  return marked && !ready && believedAfter !== undefined && restarts >= believedAfter;
}
