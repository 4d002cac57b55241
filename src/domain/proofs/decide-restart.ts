import { BASELINE_SECONDS, RELOADER_GRACE_SECONDS } from '../budgets.ts';
import type { PauseStep } from '../reloader/index.ts';
import type { Target } from '../steps.ts';
import { podToReplace } from './replacement.ts';
import { judgeRollout } from './rollout.ts';
import { newAndReady, type PodFacts, type RestartMarker, type RolloutFacts } from './rollout-facts.ts';

/** The facts that decide how the restart of one workload continues. */
export interface RestartFacts {
  readonly rollout: RolloutFacts;
  readonly watchedByReloader: boolean;
  /** Since the step began. */
  readonly elapsedMs: number;
  readonly target: Target;
  /** Whether old pods still log in, so that the restart waits for their end while there is time. */
  readonly oldPodsLogIn: boolean;
  /** What to do about a pause of Reloader; absent: nothing holds the rollout back. */
  readonly pause?: PauseStep;
}

export type RestartEnd =
  | {
      readonly kind: 'done';
      readonly by: RestartMarker;
      /** The new pods that are ready. */
      readonly pods: readonly string[];
      /** Old pods that are still ending. */
      readonly ending: readonly string[];
      /** Old pods that stay: they were not ready before either, and nobody replaces them. */
      readonly staying: readonly string[];
    }
  /** `pod` is a pod that shows the reason. */
  | { readonly kind: 'fail'; readonly because: string; readonly pod?: string };

export interface Unfinished {
  readonly kind: 'restart-ourselves' | 'wait' | 'replace' | 'lift-pause';
  readonly because: string;
  /** A new pod that is not ready. */
  readonly pod?: string;
  /** The old pod to delete, with the kind `replace`. */
  readonly replace?: PodFacts;
  readonly lookAgainMs?: number;
  /** The result if the time ends now: it is good enough. */
  readonly settleFor?: RestartEnd;
}

/** The next action of a restart while its budget lasts. */
export function decideRestart(facts: RestartFacts): RestartEnd | Unfinished {
  const { rollout, watchedByReloader, elapsedMs, target, oldPodsLogIn } = facts;
  const verdict = judgeRollout(rollout);
  const pod = rollout.pods.find(({ marked, ready }) => marked && !ready)?.name;
  switch (verdict.kind) {
    case 'untouched': {
      const graceMs = (watchedByReloader ? RELOADER_GRACE_SECONDS * 1_000 : 0) - elapsedMs;
      const kind = graceMs > 0 ? 'wait' : 'restart-ourselves';
      return { kind, because: 'it was never restarted', pod, lookAgainMs: Math.max(graceMs, 0) };
    }
    case 'stuck':
      if (target === 'pending')
        return { kind: 'fail', because: `cannot finish its rollout: ${verdict.because}`, pod: verdict.pod };
      // On the way back the restart can only wait: a pod that looks hopeless may still become ready.
      return goOn(rollout, verdict.because, pod);
    case 'rolling': {
      if (facts.pause !== undefined) return paused(facts.pause, pod);
      if (!verdict.asBefore) return goOn(rollout, verdict.because, pod);
      // The controller may wait for ever for pods that were not ready before either.
      return { ...goOn(rollout, verdict.because, pod), settleFor: doneSoFar(rollout) };
    }
    case 'complete': {
      const done = doneSoFar(rollout);
      const { ending, staying, pods } = done;
      const betterMs = BASELINE_SECONDS * 1_000 - elapsedMs;
      if (betterMs > 0 && (staying.length > 0 || pods.length < rollout.desired)) {
        const because = `${pods.length} of ${rollout.desired} new pods ready, as before, ${staying.length} old left`;
        return { kind: 'wait', because, pod, lookAgainMs: betterMs, settleFor: done };
      }
      // An ending pod does not need a password that PostgreSQL refuses already. A pod that still logs in needs its
      // password, so the restart waits for the pod's end while there is time.
      if (ending.length === 0 || !oldPodsLogIn) return done;
      return { kind: 'wait', because: `old pods are ending: ${ending.join(', ')}`, settleFor: done };
    }
  }
}

/** The pod template has the mark already, so one rollout is enough when the pause ends. */
function paused(pause: PauseStep, pod: string | undefined): Unfinished {
  const because = 'Reloader has paused its rollout';
  if (pause.kind === 'lift') return { kind: 'lift-pause', because, pod };
  return { kind: 'wait', because, pod, lookAgainMs: pause.lookAgainMs };
}

function goOn(rollout: RolloutFacts, because: string, pod: string | undefined): Unfinished {
  const replace = podToReplace(rollout);
  return replace === undefined ? { kind: 'wait', because, pod } : { kind: 'replace', because, pod, replace };
}

function doneSoFar({ marker = 'forced', pods }: RolloutFacts): Extract<RestartEnd, { kind: 'done' }> {
  const old = pods.filter(({ marked }) => !marked);
  return {
    kind: 'done',
    by: marker,
    pods: newAndReady(pods).map(({ name }) => name),
    ending: old.filter(({ ending }) => ending).map(({ name }) => name),
    staying: old.filter(({ ending }) => !ending).map(({ name }) => name),
  };
}

/** The end of a restart that is unfinished when its time is spent. */
export function endAtDeadline({ because, pod, settleFor }: Unfinished): RestartEnd {
  return settleFor ?? { kind: 'fail', because: `did not finish its rollout within the budget: ${because}`, pod };
}

/**
 * How far a restart has come: it grows when a new pod becomes ready, and when an old pod goes. As long as it grows, the
 * restart is given time.
 */
export function progressOf({ pods }: RolloutFacts): number {
  return newAndReady(pods).length - pods.filter(({ marked, ending }) => !marked && !ending).length;
}
