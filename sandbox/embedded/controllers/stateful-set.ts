import type { Kinds, Store } from '../api/index.ts';
import { keyOf, parseKey } from './object-key.ts';
import { deletePod, isAlive, isOwnedBy, isReadyPod, makePod, ownerReference, templateHash } from './pods-of.ts';
import { WorkQueue } from './work-queue.ts';

const MANAGER = 'statefulset-controller';
const REVISION_LABEL = 'controller-revision-hash';

type StatefulSet = Kinds['statefulsets'];

/** Brings the pods of StatefulSets to their newest template: one after the other, the last first. */
export class StatefulSetController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));

  constructor(private readonly store: Store) {
    for (const set of store.list('statefulsets')) this.#queue.add(keyOf(set));
    this.#queue.fedBy(
      store.subscribe('statefulsets', ({ type, object }) => {
        if (type === 'DELETED') for (const pod of this.#pods(object)) deletePod(this.store, pod);
        else this.#queue.add(keyOf(object));
      }),
      store.subscribe('pods', ({ object: { metadata } }) => {
        const owner = metadata?.ownerReferences?.find(({ kind }) => kind === 'StatefulSet')?.name;
        if (owner !== undefined) this.#queue.add(`${metadata?.namespace ?? ''}/${owner}`);
      }),
    );
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #reconcile(key: string): void {
    const { namespace, name } = parseKey(key);
    const set = this.store.find('statefulsets', { namespace, name });
    if (set?.spec === undefined) return;
    const replicas = set.spec.replicas ?? 1;
    const revision = `${name}-${templateHash(set.spec.template)}`;
    const pods = this.#pods(set);
    const isNew = ({ metadata }: Kinds['pods']) => metadata?.labels?.[REVISION_LABEL] === revision;
    const taken = new Set(pods.map(({ metadata }) => metadata?.name));
    const missing = Array.from({ length: replicas }, (_, ordinal) => `${name}-${ordinal}`).find(
      (one) => !taken.has(one),
    );
    const settled = pods.every((pod) => isAlive(pod) && isReadyPod(pod));
    const old = pods.filter((pod) => !isNew(pod) && isAlive(pod));
    const broken = old.find((pod) => !isReadyPod(pod));
    if (missing !== undefined) {
      const labels = { [REVISION_LABEL]: revision, 'statefulset.kubernetes.io/pod-name': missing };
      const owner = ownerReference('apps/v1', 'StatefulSet', set.metadata ?? {});
      this.store.create('pods', makePod(set.spec.template, { namespace, name: missing, labels, owner }), {
        manager: MANAGER,
      });
    } else if (set.spec.updateStrategy?.type !== 'OnDelete') {
      const next = settled ? old.at(-1) : broken;
      if (next !== undefined) deletePod(this.store, next);
    }
    this.#writeStatus(set, revision, isNew);
  }

  #pods({ metadata }: StatefulSet): readonly Kinds['pods'][] {
    const { namespace = '', uid = '' } = metadata ?? {};
    return this.store.list('pods', { namespace }).filter((pod) => isOwnedBy(pod, uid));
  }

  #writeStatus(set: StatefulSet, revision: string, isNew: (pod: Kinds['pods']) => boolean): void {
    const alive = this.#pods(set).filter(isAlive);
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
