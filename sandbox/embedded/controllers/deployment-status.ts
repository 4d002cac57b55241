import type { Kinds } from '../api/index.ts';
import { timestamp } from '../pods/pod-status.ts';

type DeploymentStatus = NonNullable<Kinds['deployments']['status']>;
type Condition = NonNullable<DeploymentStatus['conditions']>[number];

/** What a Deployment's status is made of. */
export interface DeploymentFacts {
  readonly generation: number;
  readonly replicas: number;
  readonly minimumAvailable: number;
  readonly pods: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  readonly updatedAvailable: number;
  readonly replicaSet: string;
  readonly deadlineExceeded: boolean;
}

export function deploymentStatus(
  facts: DeploymentFacts,
  previous: DeploymentStatus | undefined,
  now: Date,
): DeploymentStatus {
  const conditions = [available(facts), progressing(facts)].map((condition) => keepTime(condition, previous, now));
  return {
    observedGeneration: facts.generation,
    replicas: facts.pods,
    updatedReplicas: facts.updated,
    readyReplicas: facts.ready,
    availableReplicas: facts.available,
    unavailableReplicas: Math.max(0, facts.replicas - facts.available),
    conditions,
  };
}

function available({ available: count, minimumAvailable }: DeploymentFacts): Condition {
  return count >= minimumAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

export function isComplete({ replicas, pods, updated, updatedAvailable }: DeploymentFacts): boolean {
  return updated === replicas && updatedAvailable === replicas && pods === replicas;
}

function progressing(facts: DeploymentFacts): Condition {
  const of = `ReplicaSet "${facts.replicaSet}"`;
  const type = 'Progressing';
  if (isComplete(facts))
    return { type, status: 'True', reason: 'NewReplicaSetAvailable', message: `${of} has successfully progressed.` };
  if (facts.deadlineExceeded)
    return { type, status: 'False', reason: 'ProgressDeadlineExceeded', message: `${of} has timed out progressing.` };
  return { type, status: 'True', reason: 'ReplicaSetUpdated', message: `${of} is progressing.` };
}

/** The times of a condition change with it alone, or each write would be a change. */
function keepTime(condition: Condition, previous: DeploymentStatus | undefined, now: Date): Condition {
  const before = previous?.conditions?.find(({ type }) => type === condition.type);
  const at = timestamp(now);
  if (before === undefined) return { ...condition, lastTransitionTime: at, lastUpdateTime: at };
  return {
    ...condition,
    lastTransitionTime: before.status === condition.status ? (before.lastTransitionTime ?? at) : at,
    lastUpdateTime: before.reason === condition.reason ? (before.lastUpdateTime ?? at) : at,
  };
}
