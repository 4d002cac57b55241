import { RELOADER_GRACE_SECONDS } from '../budgets.ts';
import type { Target } from '../steps.ts';
import { judgeRollout, type RestartMarker, type RolloutFacts } from './rollout.ts';

/** The facts that decide how the restart of one workload continues. */
export interface RestartFacts {
  readonly rollout: RolloutFacts;
  readonly watchedByReloader: boolean;
  /** Since the step began. */
  readonly elapsedMs: number;
  readonly target: Target;
  /** Whether old pods still log in, so that the restart waits for their end while there is time. */
  readonly oldPodsLogIn: boolean;
}

export type RestartEnd =
  | {
      readonly kind: 'done';
      readonly by: RestartMarker;
      readonly pods: readonly string[];
      readonly ending: readonly string[];
    }
  /** `pod` is a pod that shows the reason. */
  | { readonly kind: 'fail'; readonly because: string; readonly pod?: string };

export interface Unfinished {
  readonly kind: 'restart-ourselves' | 'wait';
  readonly because: string;
  /** A new pod that is not ready. */
  readonly pod?: string;
  readonly lookAgainMs?: number;
  /** The result if the budget ends now: it is good enough. */
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
      return { kind: 'wait', because: verdict.because, pod };
    case 'rolling':
      return { kind: 'wait', because: verdict.because, pod };
    case 'complete': {
      const { by, ending } = verdict;
      const pods = rollout.pods.map(({ name }) => name).filter((name) => !ending.includes(name));
      const done = { kind: 'done', by, pods, ending } as const;
      // An ending pod does not need a password that PostgreSQL refuses already. A pod that still logs in needs its
      // password, so the restart waits for the pod's end while there is time.
      if (ending.length === 0 || !oldPodsLogIn) return done;
      return { kind: 'wait', because: `old pods are ending: ${ending.join(', ')}`, settleFor: done };
    }
  }
}

/** The end of a restart that is unfinished when its budget is spent. */
export function endAtDeadline({ because, pod, settleFor }: Unfinished): RestartEnd {
  return settleFor ?? { kind: 'fail', because: `did not finish its rollout within the budget: ${because}`, pod };
}
