import type { Kinds, Store } from '../api/index.ts';
import { keyOf, parseKey } from './object-key.ts';
import {
  availableIn,
  deletePod,
  isAlive,
  isOwnedBy,
  isReadyPod,
  makePod,
  ownerReference,
  soonestAvailable,
  suffix,
  templateHash,
} from './pods-of.ts';
import { WorkQueue } from './work-queue.ts';

const MANAGER = 'daemonset-controller';
const REVISION_LABEL = 'controller-revision-hash';

type DaemonSet = Kinds['daemonsets'];

/** Keeps one pod of each DaemonSet on the one node; an old one goes before the new one comes. */
export class DaemonSetController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));

  constructor(private readonly store: Store) {
    for (const set of store.list('daemonsets')) this.#queue.add(keyOf(set));
    this.#queue.fedBy(
      store.subscribe('daemonsets', ({ type, object }) => {
        if (type === 'DELETED') for (const pod of this.#pods(object)) deletePod(this.store, pod);
        else this.#queue.add(keyOf(object));
      }),
      store.subscribe('pods', ({ object: { metadata } }) => {
        const owner = metadata?.ownerReferences?.find(({ kind }) => kind === 'DaemonSet')?.name;
        if (owner !== undefined) this.#queue.add(`${metadata?.namespace ?? ''}/${owner}`);
      }),
    );
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #reconcile(key: string): void {
    const set = this.store.find('daemonsets', parseKey(key));
    if (set?.spec === undefined) return;
    const { template, updateStrategy, minReadySeconds = 0 } = set.spec;
    const revision = templateHash(template);
    const pods = this.#pods(set);
    const isNew = ({ metadata }: Kinds['pods']) => metadata?.labels?.[REVISION_LABEL] === revision;
    if (pods.length === 0) this.#createPod(set, revision);
    else if (updateStrategy?.type !== 'OnDelete')
      for (const pod of pods.filter((one) => isAlive(one) && !isNew(one))) deletePod(this.store, pod);
    const soon = soonestAvailable(pods.filter(isAlive), minReadySeconds);
    if (soon !== undefined) this.#queue.add(key, soon);
    this.#writeStatus(set, isNew);
  }

  #pods({ metadata }: DaemonSet): readonly Kinds['pods'][] {
    const { namespace = '', uid = '' } = metadata ?? {};
    return this.store.list('pods', { namespace }).filter((pod) => isOwnedBy(pod, uid));
  }

  #createPod({ metadata, spec }: DaemonSet, revision: string): void {
    const { namespace = '', name = '' } = metadata ?? {};
    const pod = makePod(spec?.template ?? {}, {
      namespace,
      name: `${name}-${suffix()}`,
      labels: { [REVISION_LABEL]: revision },
      owner: ownerReference('apps/v1', 'DaemonSet', metadata ?? {}),
    });
    this.store.create('pods', pod, { manager: MANAGER });
  }

  #writeStatus(set: DaemonSet, isNew: (pod: Kinds['pods']) => boolean): void {
    const { namespace = '', name = '', generation = 0 } = set.metadata ?? {};
    const alive = this.#pods(set).filter(isAlive);
    const available = alive.filter((pod) => availableIn(pod, set.spec?.minReadySeconds ?? 0) === 0).length;
    const status = {
      observedGeneration: generation,
      desiredNumberScheduled: 1,
      currentNumberScheduled: alive.length,
      updatedNumberScheduled: alive.filter(isNew).length,
      numberReady: alive.filter(isReadyPod).length,
      numberAvailable: available,
      numberUnavailable: 1 - available,
      numberMisscheduled: 0,
    };
    const options = { subresource: 'status', manager: MANAGER } as const;
    this.store.patch('daemonsets', { namespace, name }, { type: 'merge', body: { status } }, options);
  }
}
