import type { Kinds, ObjectMeta, Store } from '../api/index.ts';
import { keyOf } from './object-key.ts';
import { deletePod, isOwnedBy } from './pods-of.ts';
import type { WorkQueue } from './work-queue.ts';

/* Kinds that own their pods themselves, without ReplicaSets between. */

const KINDS = {
  daemonsets: 'DaemonSet',
  jobs: 'Job',
  replicasets: 'ReplicaSet',
  replicationcontrollers: 'ReplicationController',
  statefulsets: 'StatefulSet',
} as const;

interface Owner {
  readonly metadata?: ObjectMeta;
}

/** Everything that an object owns, whatever its state. */
export function ownPods(store: Store, { metadata }: Owner): readonly Kinds['pods'][] {
  const { namespace = '', uid = '' } = metadata ?? {};
  return store.list('pods', { namespace }).filter((pod) => isOwnedBy(pod, uid));
}

/**
 * Puts an object into its controller's queue: at the beginning, and when the object or a pod of it changes. A deleted
 * one takes its pods along.
 * @param isOurs whether the controller keeps the pods of an object. Default: of all.
 */
export function followOwners(
  queue: WorkQueue,
  store: Store,
  resource: keyof typeof KINDS,
  isOurs: (owner: Owner) => boolean = () => true,
): void {
  for (const owner of store.list(resource)) queue.add(keyOf(owner));
  queue.fedBy(
    store.subscribe(resource, ({ type, object }) => {
      if (type !== 'DELETED') queue.add(keyOf(object));
      else if (isOurs(object)) for (const pod of ownPods(store, object)) deletePod(store, pod);
    }),
    store.subscribe('pods', ({ object: { metadata } }) => {
      const owner = metadata?.ownerReferences?.find(({ kind }) => kind === KINDS[resource])?.name;
      if (owner !== undefined) queue.add(`${metadata?.namespace ?? ''}/${owner}`);
    }),
  );
}
