import type { Kinds, Store } from '../api/index.ts';
import { parseKey } from './object-key.ts';
import { followOwners, ownPods } from './own-pods.ts';
import {
  availableIn,
  deletePod,
  isAlive,
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
    followOwners(this.#queue, store, 'daemonsets');
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #reconcile(key: string): void {
    const set = this.store.find('daemonsets', parseKey(key));
    if (set?.spec === undefined) return;
    const { template, updateStrategy, minReadySeconds = 0 } = set.spec;
    const revision = templateHash(template);
    const pods = ownPods(this.store, set);
    const isNew = ({ metadata }: Kinds['pods']) => metadata?.labels?.[REVISION_LABEL] === revision;
    if (pods.length === 0) this.#createPod(set, revision);
    else if (updateStrategy?.type !== 'OnDelete')
      for (const pod of pods.filter((one) => isAlive(one) && !isNew(one))) deletePod(this.store, pod);
    const soon = soonestAvailable(pods.filter(isAlive), minReadySeconds);
    if (soon !== undefined) this.#queue.add(key, soon);
    this.#writeStatus(set, isNew);
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
    const alive = ownPods(this.store, set).filter(isAlive);
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
