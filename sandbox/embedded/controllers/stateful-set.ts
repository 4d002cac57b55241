import type { Kinds, Store } from '../api/index.ts';
import { parseKey } from './object-key.ts';
import { followOwners, ownPods } from './own-pods.ts';
import { deletePod, isAlive, isReadyPod, makePod, ownerReference, templateHash } from './pods-of.ts';
import { nextOrderedStep } from './ordered-update.ts';
import { WorkQueue } from './work-queue.ts';

const MANAGER = 'statefulset-controller';
const REVISION_LABEL = 'controller-revision-hash';

type StatefulSet = Kinds['statefulsets'];

/** Brings the pods of StatefulSets to their newest template, as Kubernetes does it. */
export class StatefulSetController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));

  constructor(private readonly store: Store) {
    followOwners(this.#queue, store, 'statefulsets');
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #reconcile(key: string): void {
    const { namespace, name } = parseKey(key);
    const set = this.store.find('statefulsets', { namespace, name });
    if (set?.spec === undefined) return;
    const revision = `${name}-${templateHash(set.spec.template)}`;
    const pods = ownPods(this.store, set);
    const isNew = ({ metadata }: Kinds['pods']) => metadata?.labels?.[REVISION_LABEL] === revision;
    const next = nextOrderedStep({
      replicas: set.spec.replicas ?? 1,
      inOrder: set.spec.podManagementPolicy !== 'Parallel',
      updates: set.spec.updateStrategy?.type !== 'OnDelete',
      pods: pods.map((pod) => ({
        ordinal: Number(pod.metadata?.name?.slice(name.length + 1)),
        ready: isAlive(pod) && isReadyPod(pod),
        ending: pod.metadata?.deletionTimestamp !== undefined,
        over: !isAlive(pod) && pod.metadata?.deletionTimestamp === undefined,
        fresh: isNew(pod),
      })),
    });
    const podOf = (ordinal: number) => pods.find(({ metadata }) => metadata?.name === `${name}-${ordinal}`);
    for (const ordinal of next.remove) {
      const pod = podOf(ordinal);
      if (pod !== undefined) deletePod(this.store, pod);
    }
    for (const ordinal of next.create) this.#create(set, `${name}-${ordinal}`, revision);
    this.#writeStatus(set, revision, isNew);
  }

  #create(set: StatefulSet, name: string, revision: string): void {
    const labels = { [REVISION_LABEL]: revision, 'statefulset.kubernetes.io/pod-name': name };
    const owner = ownerReference('apps/v1', 'StatefulSet', set.metadata ?? {});
    const { namespace = '' } = set.metadata ?? {};
    const pod = makePod(set.spec?.template ?? {}, { namespace, name, labels, owner });
    this.store.create('pods', pod, { manager: MANAGER });
  }

  #writeStatus(set: StatefulSet, revision: string, isNew: (pod: Kinds['pods']) => boolean): void {
    const alive = ownPods(this.store, set).filter(isAlive);
    const { namespace = '', name = '', generation = 0 } = set.metadata ?? {};
    const status = {
      observedGeneration: generation,
      replicas: alive.length,
      readyReplicas: alive.filter(isReadyPod).length,
      availableReplicas: alive.filter(isReadyPod).length,
      updatedReplicas: alive.filter(isNew).length,
      updateRevision: revision,
    };
    const options = { subresource: 'status', manager: MANAGER } as const;
    this.store.patch('statefulsets', { namespace, name }, { type: 'merge', body: { status } }, options);
  }
}
