import { RELOADER_GRACE_SECONDS } from '../budgets.ts';
import type { Target } from '../steps.ts';
import { judgeRollout, type RestartMarker, type RolloutFacts } from './rollout.ts';

/** What decides how the restart of one workload goes on. */
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
  /** `pod` is one that shows why. */
  | { readonly kind: 'fail'; readonly because: string; readonly pod?: string };

export interface Unfinished {
  readonly kind: 'restart-ourselves' | 'wait';
  readonly because: string;
  /** A new pod that is not ready. */
  readonly pod?: string;
  readonly lookAgainMs?: number;
  /** What is good enough when the budget is spent. */
  readonly settleFor?: RestartEnd;
}

/** What a restart does next while its budget lasts. */
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
      // On the way back nothing is left to be tried but to wait: what looks hopeless may still come.
      return { kind: 'wait', because: verdict.because, pod };
    case 'rolling':
      return { kind: 'wait', because: verdict.because, pod };
    case 'complete': {
      const { by, ending } = verdict;
      const pods = rollout.pods.map(({ name }) => name).filter((name) => !ending.includes(name));
      const done = { kind: 'done', by, pods, ending } as const;
      // A pod that is ending has no use for a password that is refused already. A pod that still
      // logs in shall not be locked out while there is time.
      if (ending.length === 0 || !oldPodsLogIn) return done;
      return { kind: 'wait', because: `old pods are ending: ${ending.join(', ')}`, settleFor: done };
    }
  }
}

/** How a restart ends that is unfinished when its budget is spent. */
export function endAtDeadline({ because, pod, settleFor }: Unfinished): RestartEnd {
  return settleFor ?? { kind: 'fail', because: `did not finish its rollout within the budget: ${because}`, pod };
}
