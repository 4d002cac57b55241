import type { V1Pod } from '@kubernetes/client-node';
import { workloadName, type WorkloadRef } from '../domain/component.ts';
import type { KubernetesConnection } from './connection.ts';
import { isForbidden } from './errors.ts';
import { isOwnedByOneOf, ownerOf, replicaSetByName, type Owned } from './pod-owners.ts';
import { labelSelector } from './selectors.ts';
import { missingSpec, type Workload } from './workload-objects.ts';

/** Kinds that make their pods through ReplicaSets. */
const THROUGH_REPLICA_SETS: ReadonlySet<string> = new Set(['Deployment', 'Rollout']);

/**
 * The pods that a workload made, without pods that ended for good: those hold no connection and will not open one. Other
 * pods may have the workload's labels, such as those of a Job. Where the ReplicaSets may not be listed, the name of a
 * pod's ReplicaSet tells its maker.
 * @param replicaSets the ReplicaSets of the namespace, where they were listed already.
 */
export async function livingPods(
  connection: KubernetesConnection,
  ref: WorkloadRef,
  { metadata, spec }: Workload,
  replicaSets?: readonly Owned[],
): Promise<readonly V1Pod[]> {
  if (spec === undefined) throw missingSpec(ref);
  const { namespace } = ref;
  const request = { namespace, labelSelector: labelSelector(spec.selector ?? {}) };
  const own = new Set([metadata?.uid ?? '']);
  const through = THROUGH_REPLICA_SETS.has(ref.kind);
  const [{ items }, sets] = await Promise.all([
    connection.call(`list the pods of ${workloadName(ref)}`, (options) =>
      connection.core.listNamespacedPod(request, options),
    ),
    !through ? [] : (replicaSets ?? listReplicaSets(connection, ref, request)),
  ]);
  const made = sets?.filter((set) => isOwnedByOneOf(set, own)) ?? items.flatMap((pod) => madeBy(ref, pod));
  const makers = through ? new Set(made.map(uidOf)) : own;
  return items.filter(
    (pod) => isOwnedByOneOf(pod, makers) && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
  );
}

async function listReplicaSets(
  connection: KubernetesConnection,
  ref: WorkloadRef,
  request: { readonly namespace: string; readonly labelSelector: string },
): Promise<readonly Owned[] | undefined> {
  const found = await connection.call<{ readonly items: readonly Owned[] } | 'forbidden'>(
    `list the ReplicaSets of ${workloadName(ref)}`,
    (options) => connection.apps.listNamespacedReplicaSet(request, options),
    (error) => (isForbidden(error) ? 'forbidden' : undefined),
  );
  return found === 'forbidden' ? undefined : found.items;
}

/** The pod's ReplicaSet, where the workload made it. */
function madeBy({ kind, name }: WorkloadRef, pod: V1Pod): readonly Owned[] {
  return replicaSetByName(pod).filter((set) => {
    const maker = ownerOf(set);
    return maker?.kind === kind && maker.name === name;
  });
}

function uidOf({ metadata }: Owned): string {
  return metadata?.uid ?? '';
}
