import type { Strategy } from './component.ts';
import type { Cause } from './failures.ts';

/** What Kubernetes shows of a component between two rotations. */
export interface ComponentState {
  readonly component: string;
  readonly namespace: string;
  readonly cluster: string;
  readonly strategy: Strategy;
  /** The role that the application logs in as, by its Secret; absent where the Secret names no role of the catalogue. */
  readonly login?: string;
  /** When the Secret's data last changed, ISO 8601: how old the credential is; absent where nobody knows. */
  readonly changedAt?: string;
  /** The staging Secret of a rotation that runs, was interrupted, or needs attention; absent where there is none. */
  readonly lock?: Lock;
  /** Why the component could not be read. */
  readonly failure?: Cause;
}

export interface Lock {
  readonly rotation: string;
  readonly workflowId: string;
  /** `ended`: the workflow runs no more, and the next start finishes its work. `elsewhere`: of another Temporal. */
  readonly state: 'running' | 'needs-attention' | 'ended' | 'elsewhere';
}

/** How the last workflow of a component ended, by Temporal. */
export interface LastRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  /** `rotated`, `rolled-back` and the like, or Temporal's status where the workflow set no outcome. */
  readonly outcome: string;
  readonly startedAt: string;
  /** Absent while the workflow runs. */
  readonly endedAt?: string;
}

export interface ComponentStatus extends ComponentState {
  /** Absent where Temporal has no run of the component. */
  readonly last?: LastRun;
  /** The next start by a schedule, ISO 8601; absent where no schedule names the component. */
  readonly nextAt?: string;
}

/** Whether a person has to do something. */
export function needsAttention({ lock, failure }: ComponentState): boolean {
  return failure !== undefined || lock?.state === 'needs-attention' || lock?.state === 'elsewhere';
}

/** One word or two for the column STATE. */
export function stateWord({ lock, failure }: ComponentState): string {
  if (failure !== undefined) return failure.type;
  if (lock === undefined) return 'idle';
  return {
    running: 'rotating',
    'needs-attention': 'needs attention',
    ended: 'interrupted',
    elsewhere: 'held elsewhere',
  }[lock.state];
}

/** `89d`, `7h`, `5m`, `12s`: as kubectl shows an age. */
export function ageText(since: string | undefined, now: Date): string {
  if (since === undefined) return 'unknown';
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 1_000));
  if (seconds >= 2 * 86_400) return `${Math.floor(seconds / 86_400)}d`;
  if (seconds >= 3_600) return `${Math.floor(seconds / 3_600)}h`;
  return seconds >= 60 ? `${Math.floor(seconds / 60)}m` : `${seconds}s`;
}
