import { BUDGET_SECONDS, POD_START_SECONDS } from '../budgets.ts';

/** What a workload declares about the time of its restart, and who else holds the restart back. */
export interface DeclaredTimes {
  readonly replicas: number;
  /** How many pods its controller replaces at once. */
  readonly atOnce: number;
  /** The longest time from the start of a pod's containers until the pod counts as available, by its probes. */
  readonly readySeconds: number;
  /** The pod's `terminationGracePeriodSeconds`. */
  readonly graceSeconds: number;
  /** An old pod has to be gone before the pod in its place is made. */
  readonly endsFirst: boolean;
  /** `progressDeadlineSeconds`; absent where the kind has none. */
  readonly progressDeadlineSeconds?: number;
  /** Reloader holds the Deployment for so long before its rollout begins. */
  readonly pausedSeconds?: number;
}

export interface RestartTime {
  /** How long the restart waits without progress. Each pod that becomes ready, and each old pod that goes, begins it anew. */
  readonly allowanceSeconds: number;
  /** How long the whole restart may take. It is told to people, and ends nothing. */
  readonly budgetSeconds: number;
}

/** The default of `progressDeadlineSeconds`. Kubernetes fills it in, so it says nothing about the application. */
const DEFAULT_PROGRESS_DEADLINE_SECONDS = 600;

/**
 * The time of one workload's restart, at least the documented budget.
 * @param waitsForEnds whether the restart also waits for the end of old pods, which still log in.
 * @param configuredSeconds what the catalogue says that one pod may take.
 */
export function restartTime(
  declared: DeclaredTimes,
  { waitsForEnds, configuredSeconds = 0 }: { readonly waitsForEnds: boolean; readonly configuredSeconds?: number },
): RestartTime {
  const { replicas, atOnce, readySeconds, graceSeconds, endsFirst, progressDeadlineSeconds = 0 } = declared;
  const { pausedSeconds = 0 } = declared;
  const startSeconds = POD_START_SECONDS + readySeconds + (endsFirst ? graceSeconds : 0);
  const deadlineSeconds = progressDeadlineSeconds > DEFAULT_PROGRESS_DEADLINE_SECONDS ? progressDeadlineSeconds : 0;
  const endSeconds = waitsForEnds ? graceSeconds : 0;
  const podSeconds = Math.max(startSeconds, deadlineSeconds, endSeconds, configuredSeconds);
  const rounds = Math.ceil(replicas / Math.max(1, atOnce));
  return {
    allowanceSeconds: pausedSeconds + Math.max(BUDGET_SECONDS.restart, podSeconds),
    budgetSeconds: pausedSeconds + Math.max(BUDGET_SECONDS.restart, podSeconds, rounds * startSeconds),
  };
}
