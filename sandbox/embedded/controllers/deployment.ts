import type { Kinds, Store } from '../api/index.ts';
import { deploymentStatus, isComplete, type DeploymentFacts } from './deployment-status.ts';
import { keyOf, parseKey } from './object-key.ts';
import { deletePod, isAlive, isOwnedBy, isReadyPod, makePod, ownerReference, suffix, templateHash } from './pods-of.ts';
import { nextRollingStep, resolvePercentage } from './rolling-update.ts';
import { WorkQueue } from './work-queue.ts';

const MANAGER = 'deployment-controller';
const HASH_LABEL = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';

type Deployment = Kinds['deployments'];
type ReplicaSet = Kinds['replicasets'];

/** Brings the pods of Deployments to their newest template, as Kubernetes does: Deployment, ReplicaSets, pods. */
export class DeploymentController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));
  /** By Deployment: what its progress looked like last, and since when. */
  readonly #progress = new Map<string, { readonly looks: string; readonly since: number }>();

  constructor(private readonly store: Store) {
    for (const deployment of store.list('deployments')) this.#queue.add(keyOf(deployment));
    this.#queue.fedBy(
      store.subscribe('deployments', ({ type, object }) => {
        if (type === 'DELETED') this.#collect(object);
        else this.#queue.add(keyOf(object));
      }),
      store.subscribe('pods', ({ object: pod }) => {
        const hash = pod.metadata?.labels?.[HASH_LABEL];
        const owner = pod.metadata?.ownerReferences?.find(({ kind }) => kind === 'ReplicaSet')?.name;
        if (hash === undefined || owner === undefined) return;
        this.#queue.add(`${pod.metadata?.namespace ?? ''}/${owner.slice(0, -hash.length - 1)}`);
      }),
    );
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #reconcile(key: string): void {
    const deployment = this.store.find('deployments', parseKey(key));
    if (deployment?.spec === undefined) return;
    const { spec } = deployment;
    const fresh = this.#replicaSet(deployment, templateHash(spec.template));
    const pods = this.#pods(deployment);
    const isFresh = (pod: Kinds['pods']) => isOwnedBy(pod, fresh.metadata?.uid ?? '');
    const alive = pods.filter(isAlive);
    const look = (pod: Kinds['pods']) => ({ name: pod.metadata?.name ?? '', ready: isReadyPod(pod) });
    const replicas = spec.replicas ?? 1;
    const maxUnavailable = resolvePercentage(spec.strategy?.rollingUpdate?.maxUnavailable, replicas, 'down');
    if (spec.paused !== true) {
      const step = nextRollingStep({
        replicas,
        maxSurge: resolvePercentage(spec.strategy?.rollingUpdate?.maxSurge, replicas, 'up'),
        maxUnavailable,
        recreate: spec.strategy?.type === 'Recreate',
        fresh: alive.filter(isFresh).map(look),
        old: alive.filter((pod) => !isFresh(pod)).map(look),
        ending: pods.length - alive.length,
      });
      for (const pod of alive) if (step.remove.includes(pod.metadata?.name ?? '')) deletePod(this.store, pod);
      for (let count = 0; count < step.create; count += 1) this.#createPod(deployment, fresh);
    }
    this.#writeStatus(key, deployment, fresh, replicas - maxUnavailable);
  }

  #pods({ metadata }: Deployment): readonly Kinds['pods'][] {
    const { namespace = '', uid = '' } = metadata ?? {};
    const sets = this.store.list('replicasets', { namespace }).filter((set) => isOwnedBy(set, uid));
    return this.store
      .list('pods', { namespace })
      .filter((pod) => sets.some((set) => isOwnedBy(pod, set.metadata?.uid ?? '')));
  }

  #replicaSet(deployment: Deployment, hash: string): ReplicaSet {
    const { namespace = '', name = '', uid = '' } = deployment.metadata ?? {};
    const own = this.store.list('replicasets', { namespace }).filter((set) => isOwnedBy(set, uid));
    const found = own.find(({ metadata }) => metadata?.labels?.[HASH_LABEL] === hash);
    if (found !== undefined) return found;
    const template = deployment.spec?.template ?? {};
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    return this.store.create(
      'replicasets',
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          namespace,
          name: `${name}-${hash}`,
          labels,
          annotations: { [REVISION]: String(own.length + 1) },
          ownerReferences: [ownerReference('apps/v1', 'Deployment', deployment.metadata ?? {})],
        },
        spec: {
          replicas: 0,
          selector: { matchLabels: labels },
          template: { ...template, metadata: { ...template.metadata, labels } },
        },
      },
      { manager: MANAGER },
    );
  }

  #createPod(deployment: Deployment, set: ReplicaSet): void {
    const { namespace = '', name: setName = '', labels = {} } = set.metadata ?? {};
    const pod = makePod(deployment.spec?.template ?? {}, {
      namespace,
      name: `${setName}-${suffix()}`,
      labels: { [HASH_LABEL]: labels[HASH_LABEL] ?? '' },
      owner: ownerReference('apps/v1', 'ReplicaSet', set.metadata ?? {}),
    });
    this.store.create('pods', pod, { manager: MANAGER });
  }

  #writeStatus(key: string, deployment: Deployment, fresh: ReplicaSet, minimumAvailable: number): void {
    const alive = this.#pods(deployment).filter(isAlive);
    const updated = alive.filter((pod) => isOwnedBy(pod, fresh.metadata?.uid ?? ''));
    const facts = {
      generation: deployment.metadata?.generation ?? 0,
      replicas: deployment.spec?.replicas ?? 1,
      minimumAvailable,
      pods: alive.length,
      updated: updated.length,
      ready: alive.filter(isReadyPod).length,
      updatedReady: updated.filter(isReadyPod).length,
      replicaSet: fresh.metadata?.name ?? '',
      deadlineExceeded: false,
    };
    const deadlineExceeded = this.#deadlineExceeded(key, deployment, facts);
    const status = deploymentStatus({ ...facts, deadlineExceeded }, deployment.status, new Date());
    const { namespace = '', name = '' } = deployment.metadata ?? {};
    const options = { subresource: 'status', manager: MANAGER } as const;
    this.store.patch('deployments', { namespace, name }, { type: 'merge', body: { status } }, options);
    this.#writeReplicaSets(deployment, alive);
  }

  #deadlineExceeded(key: string, { spec }: Deployment, facts: DeploymentFacts): boolean {
    if (isComplete(facts)) {
      this.#progress.delete(key);
      return false;
    }
    const looks = JSON.stringify([facts.replicaSet, facts.updated, facts.updatedReady, facts.pods]);
    const known = this.#progress.get(key);
    const since = known?.looks === looks ? known.since : Date.now();
    this.#progress.set(key, { looks, since });
    const left = since + (spec?.progressDeadlineSeconds ?? 600) * 1_000 - Date.now();
    if (left > 0) this.#queue.add(key, left);
    return left <= 0;
  }

  #writeReplicaSets({ metadata }: Deployment, alive: readonly Kinds['pods'][]): void {
    const { namespace = '', uid = '' } = metadata ?? {};
    for (const set of this.store.list('replicasets', { namespace }).filter((one) => isOwnedBy(one, uid))) {
      const { name = '', uid: setUid = '' } = set.metadata ?? {};
      const own = alive.filter((pod) => isOwnedBy(pod, setUid));
      const ready = own.filter(isReadyPod).length;
      const status = { replicas: own.length, readyReplicas: ready, availableReplicas: ready };
      const key = { namespace, name };
      this.store.patch(
        'replicasets',
        key,
        { type: 'merge', body: { spec: { replicas: own.length } } },
        { manager: MANAGER },
      );
      this.store.patch(
        'replicasets',
        key,
        { type: 'merge', body: { status } },
        { manager: MANAGER, subresource: 'status' },
      );
    }
  }

  /** What a deleted Deployment leaves. */
  #collect(deployment: Deployment): void {
    const { namespace = '', uid = '' } = deployment.metadata ?? {};
    for (const pod of this.#pods(deployment)) deletePod(this.store, pod);
    for (const set of this.store.list('replicasets', { namespace }).filter((one) => isOwnedBy(one, uid)))
      this.store.delete('replicasets', { namespace, name: set.metadata?.name ?? '' });
  }
}
