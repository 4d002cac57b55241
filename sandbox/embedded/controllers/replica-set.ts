import type { Kinds, Store } from '../api/index.ts';
import { parseKey } from './object-key.ts';
import { followOwners, ownPods } from './own-pods.ts';
import { deletePod, isAlive, isControlled, makePod, ownerReference, soonestAvailable, suffix } from './pods-of.ts';
import { writeReplicaSetStatus } from './replica-sets-of.ts';
import { WorkQueue } from './work-queue.ts';

const MANAGER = 'replicaset-controller';

type ReplicaSet = Kinds['replicasets'];

/**
 * Keeps as many pods as a ReplicaSet of nobody wants. Another template is for new pods alone: those that are there
 * stay, as Kubernetes has it.
 */
export class ReplicaSetController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));

  constructor(private readonly store: Store) {
    followOwners(this.#queue, store, 'replicasets', (set) => !isControlled(set));
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #reconcile(key: string): void {
    const set = this.store.find('replicasets', parseKey(key));
    if (set?.spec === undefined || isControlled(set)) return;
    const { replicas = 1, minReadySeconds = 0 } = set.spec;
    const alive = ownPods(this.store, set).filter(isAlive);
    for (let count = alive.length; count < replicas; count += 1) this.#createPod(set);
    for (const pod of alive.slice(replicas)) deletePod(this.store, pod);
    const soon = soonestAvailable(alive, minReadySeconds);
    if (soon !== undefined) this.#queue.add(key, soon);
    writeReplicaSetStatus(this.store, set, ownPods(this.store, set).filter(isAlive), minReadySeconds, MANAGER);
  }

  #createPod({ metadata, spec }: ReplicaSet): void {
    const { namespace = '', name = '' } = metadata ?? {};
    const owner = ownerReference('apps/v1', 'ReplicaSet', metadata ?? {});
    const pod = makePod(spec?.template ?? {}, { namespace, name: `${name}-${suffix()}`, labels: {}, owner });
    this.store.create('pods', pod, { manager: MANAGER });
  }
}
