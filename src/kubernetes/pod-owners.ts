import type { V1ObjectMeta, V1OwnerReference, V1Pod } from '@kubernetes/client-node';

/** An object that may own another. */
export interface Owned {
  readonly metadata?: V1ObjectMeta;
}

/** The object that makes this one again when it is deleted. Other owners only decide when it is collected. */
export function ownerOf({ metadata }: Owned): V1OwnerReference | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

/** Whether an object with one of these uids makes this one again. Labels prove nothing: a Job may have the same. */
export function isOwnedByOneOf(object: Owned, uids: ReadonlySet<string>): boolean {
  const owner = ownerOf(object);
  return owner !== undefined && uids.has(owner.uid);
}

/**
 * The owner of the owner, as far up as the known objects lead: the Deployment of a pod's ReplicaSet, the CronJob of its
 * Job.
 * @param byUid objects that may stand between, by their uid.
 */
export function topOwnerOf(object: Owned, byUid: ReadonlyMap<string, Owned>): V1OwnerReference | undefined {
  let owner = ownerOf(object);
  for (let depth = 0; owner !== undefined && depth < MAX_DEPTH; depth += 1) {
    const next = byUid.get(owner.uid);
    const above = next && ownerOf(next);
    if (above === undefined) return owner;
    owner = above;
  }
  return owner;
}

/** More than any chain of owners that is known; ends a circle, which the API does not forbid. */
const MAX_DEPTH = 8;

/** The labels that a Deployment and an Argo Rollout put on their ReplicaSets and pods. */
export const TEMPLATE_HASHES = { 'pod-template-hash': 'Deployment', 'rollouts-pod-template-hash': 'Rollout' } as const;

/** The ReplicaSet of a pod, as far as its name and the pod's label tell. */
export function replicaSetByName(pod: V1Pod): readonly Owned[] {
  const replicaSet = ownerOf(pod);
  return Object.entries(TEMPLATE_HASHES).flatMap(([label, kind]): Owned[] => {
    const end = `-${pod.metadata?.labels?.[label] ?? ''}`;
    if (replicaSet === undefined || end === '-' || !replicaSet.name.endsWith(end)) return [];
    const maker = { apiVersion: '', kind, name: replicaSet.name.slice(0, -end.length), uid: '', controller: true };
    return [{ metadata: { uid: replicaSet.uid, ownerReferences: [maker] } }];
  });
}
