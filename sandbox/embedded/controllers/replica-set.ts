import type { Kinds, Store } from '../api/index.ts';
import { parseKey } from './object-key.ts';
import { followOwners, ownPods } from './own-pods.ts';
import { deletePod, isAlive, isControlled, makePod, ownerReference, soonestAvailable, suffix } from './pods-of.ts';
import { writeReplicaSetStatus } from './replica-sets-of.ts';
import { WorkQueue } from './work-queue.ts';

/** Who makes the pods of each resource. */
const MAKERS = {
  replicasets: { apiVersion: 'apps/v1', kind: 'ReplicaSet', manager: 'replicaset-controller' },
  replicationcontrollers: { apiVersion: 'v1', kind: 'ReplicationController', manager: 'replication-controller' },
} as const;

type Resource = keyof typeof MAKERS;
type ReplicaSet = Kinds[Resource];

/**
 * Keeps as many pods as a ReplicaSet of nobody wants, or a ReplicationController, which in Kubernetes has the same
 * code. Another template is for new pods alone: those that are there stay, as Kubernetes has it.
 */
export class ReplicaSetController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));

  constructor(
    private readonly store: Store,
    private readonly resource: Resource,
  ) {
    followOwners(this.#queue, store, resource, (set) => !isControlled(set));
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #reconcile(key: string): void {
    const set = this.store.find(this.resource, parseKey(key));
    if (set?.spec === undefined || isControlled(set)) return;
    const { replicas = 1, minReadySeconds = 0 } = set.spec;
    const alive = ownPods(this.store, set).filter(isAlive);
    for (let count = alive.length; count < replicas; count += 1) this.#createPod(set);
    for (const pod of alive.slice(replicas)) deletePod(this.store, pod);
    const soon = soonestAvailable(alive, minReadySeconds);
    if (soon !== undefined) this.#queue.add(key, soon);
    const { manager } = MAKERS[this.resource];
    const pods = ownPods(this.store, set).filter(isAlive);
    writeReplicaSetStatus(this.store, this.resource, set, pods, minReadySeconds, manager);
  }

  #createPod({ metadata, spec }: ReplicaSet): void {
    const { namespace = '', name = '' } = metadata ?? {};
    const { apiVersion, kind, manager } = MAKERS[this.resource];
    const owner = ownerReference(apiVersion, kind, metadata ?? {});
    const pod = makePod(spec?.template ?? {}, { namespace, name: `${name}-${suffix()}`, labels: {}, owner });
    this.store.create('pods', pod, { manager });
  }
}
