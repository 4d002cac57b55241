import type { Kinds, ObjectMeta, Store } from '../api/index.ts';
import {
  availableIn,
  deletePod,
  isAlive,
  isOwnedBy,
  isReadyPod,
  makePod,
  ownerReference,
  suffix,
  templateHash,
  type Template,
} from './pods-of.ts';

type ReplicaSet = Kinds['replicasets'];
type Pod = Kinds['pods'];

/** A kind that has its pods through ReplicaSets, one for each of its templates. */
export interface ReplicaSetOwner {
  readonly apiVersion: string;
  readonly kind: string;
  /** The label that tells a template's pods from those of another. */
  readonly hashLabel: string;
  /** The annotation of a ReplicaSet that counts the templates. */
  readonly revision: string;
  /** Who writes them. */
  readonly manager: string;
}

interface Owned {
  readonly metadata?: ObjectMeta;
}

/** The ReplicaSets of Deployments, or of Rollouts, and the pods of those. */
export class ReplicaSetsOf {
  constructor(
    private readonly store: Store,
    private readonly owner: ReplicaSetOwner,
  ) {}

  /** Whose pod it is, as `namespace/name`; `undefined` for one of another kind. */
  keyOf({ metadata }: Pod): string | undefined {
    const hash = metadata?.labels?.[this.owner.hashLabel];
    const set = metadata?.ownerReferences?.find(({ kind }) => kind === 'ReplicaSet')?.name;
    if (hash === undefined || set === undefined) return undefined;
    return `${metadata?.namespace ?? ''}/${set.slice(0, -hash.length - 1)}`;
  }

  sets({ metadata }: Owned): readonly ReplicaSet[] {
    const { namespace = '', uid = '' } = metadata ?? {};
    return this.store.list('replicasets', { namespace }).filter((set) => isOwnedBy(set, uid));
  }

  pods(owned: Owned): readonly Pod[] {
    const uids = this.sets(owned).map(({ metadata }) => metadata?.uid ?? '');
    return this.store
      .list('pods', { namespace: owned.metadata?.namespace ?? '' })
      .filter((pod) => uids.some((uid) => isOwnedBy(pod, uid)));
  }

  /** The one of a template; it is made where there is none. */
  setFor(owned: Owned, template: Template): ReplicaSet {
    const { apiVersion, kind, hashLabel, revision, manager } = this.owner;
    const { namespace = '', name = '' } = owned.metadata ?? {};
    const hash = templateHash(template);
    const own = this.sets(owned);
    const found = own.find(({ metadata }) => metadata?.labels?.[hashLabel] === hash);
    if (found !== undefined) return found;
    const labels = { ...template.metadata?.labels, [hashLabel]: hash };
    return this.store.create(
      'replicasets',
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          namespace,
          name: `${name}-${hash}`,
          labels,
          annotations: { [revision]: String(own.length + 1) },
          ownerReferences: [ownerReference(apiVersion, kind, owned.metadata ?? {})],
        },
        spec: {
          replicas: 0,
          selector: { matchLabels: labels },
          template: { ...template, metadata: { ...template.metadata, labels } },
        },
      },
      { manager },
    );
  }

  createPod(template: Template, set: ReplicaSet): void {
    const { hashLabel, manager } = this.owner;
    const { namespace = '', name = '', labels = {} } = set.metadata ?? {};
    const pod = makePod(template, {
      namespace,
      name: `${name}-${suffix()}`,
      labels: { [hashLabel]: labels[hashLabel] ?? '' },
      owner: ownerReference('apps/v1', 'ReplicaSet', set.metadata ?? {}),
    });
    this.store.create('pods', pod, { manager });
  }

  /** Tells of each ReplicaSet how many pods it has. */
  writeStatus(owned: Owned, minReadySeconds: number): void {
    const { manager } = this.owner;
    const alive = this.pods(owned).filter(isAlive);
    for (const set of this.sets(owned)) {
      const { namespace = '', name = '', uid = '' } = set.metadata ?? {};
      const own = alive.filter((pod) => isOwnedBy(pod, uid));
      const body = { spec: { replicas: own.length } };
      this.store.patch('replicasets', { namespace, name }, { type: 'merge', body }, { manager });
      writeReplicaSetStatus(this.store, 'replicasets', set, own, minReadySeconds, manager);
    }
  }

  /** Removes what a deleted owner leaves. */
  collect(owned: Owned): void {
    for (const pod of this.pods(owned)) deletePod(this.store, pod);
    for (const { metadata } of this.sets(owned))
      this.store.delete('replicasets', { namespace: metadata?.namespace, name: metadata?.name ?? '' });
  }
}

/** @param pods those of it that are alive. */
export function writeReplicaSetStatus(
  store: Store,
  resource: 'replicasets' | 'replicationcontrollers',
  { metadata, spec }: Kinds[typeof resource],
  pods: readonly Pod[],
  minReadySeconds: number,
  manager: string,
): void {
  const status = {
    observedGeneration: metadata?.generation ?? 0,
    replicas: pods.length,
    fullyLabeledReplicas: pods.filter((pod) => hasLabels(pod, spec?.template?.metadata?.labels ?? {})).length,
    readyReplicas: pods.filter(isReadyPod).length,
    availableReplicas: pods.filter((pod) => availableIn(pod, minReadySeconds) === 0).length,
  };
  const key = { namespace: metadata?.namespace, name: metadata?.name ?? '' };
  store.patch(resource, key, { type: 'merge', body: { status } }, { manager, subresource: 'status' });
}

function hasLabels({ metadata }: Pod, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => metadata?.labels?.[name] === value);
}
