import type { Strategy } from '../../domain/component.ts';
import type { KubernetesIdentity } from '../../domain/kubernetes-identity.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';

/* What every activity is told. */

/** Who holds the lock. */
export interface Owner {
  readonly workflowId: string;
  readonly runId: string;
}

export interface ComponentInput {
  readonly component: string;
  /** The strategy to use instead of the catalogue's. */
  readonly strategy?: Strategy | undefined;
  /** Instead of what the catalogue says, like the strategy. */
  readonly strict?: boolean | undefined;
  readonly watchSeconds?: number | undefined;
  /** The limit of the wait for Jobs, instead of the catalogue's. */
  readonly waitForJobsSeconds?: number | undefined;
  /** The cluster that an earlier look found. A worker of another cluster refuses. */
  readonly kubernetes?: KubernetesIdentity | undefined;
  /** The rotation that has failed and asks why: its own commit is no cause. */
  readonly rotation?: string | undefined;
}

export interface StepInput {
  readonly rotation: RotationRef;
}
