import type { V1Pod } from '@kubernetes/client-node';
import { WORKLOAD_KINDS, type ConsumerRef } from '../domain/component.ts';
import { consumerOf, type ReadingPod } from '../domain/consumers/consumer.ts';
import type { ContainerTexts } from '../domain/consumers/texts.ts';
import type { PodOwnerFacts } from '../domain/preflight/index.ts';
import type { PodFacts } from '../domain/proofs/rollout-facts.ts';
import type { ReloaderView } from '../domain/reloader/index.ts';
import type { Watched } from './changes.ts';
import type { KubernetesConnection } from './connection.ts';
import { containerTexts } from './container-texts.ts';
import { declaredTimes } from './declared-times.ts';
import { isForbidden } from './errors.ts';
import { listJobs, ownedOf, startedByReloader, textsOfJobs, type ListedJobs } from './jobs.ts';
import { isNewerThan } from './pod-age.ts';
import { toPodFacts } from './pod-facts.ts';
import { topOwnerOf, type Owned } from './pod-owners.ts';
import { readsSecret } from './pod-spec.ts';
import { isEnding, isReady } from './workload-objects.ts';

/** What a namespace has of consumers, besides its workloads: pods of whatever owner, Jobs and CronJobs. */
export class ConsumerObjects {
  constructor(private readonly connection: KubernetesConnection) {}

  /**
   * ReplicaSets, Jobs and CronJobs may be hidden from the account; then less is known.
   * @param listed the ReplicaSets of the namespace, where they were listed already.
   */
  async list(namespace: string, listed?: readonly Owned[]): Promise<ListedConsumers> {
    const [pods, replicaSets, jobs] = await Promise.all([
      this.connection.call<{ items: V1Pod[] }>(`list the pods of namespace ${namespace}`, (options) =>
        this.connection.core.listNamespacedPod({ namespace }, options),
      ),
      listed ?? this.#replicaSets(namespace),
      listJobs(this.connection, namespace),
    ]);
    return new ListedConsumers(namespace, pods.items, replicaSets, jobs);
  }

  async #replicaSets(namespace: string): Promise<readonly Owned[] | undefined> {
    const found = await this.connection.call<{ items: Owned[] } | 'forbidden'>(
      `list the ReplicaSets of namespace ${namespace}`,
      (options) => this.connection.apps.listNamespacedReplicaSet({ namespace }, options),
      (error) => (isForbidden(error) ? 'forbidden' : undefined),
    );
    return found === 'forbidden' ? undefined : found.items;
  }

  /** The objects to watch while Jobs run. */
  watched(namespace: string): readonly Watched[] {
    return [{ path: `/api/v1/namespaces/${namespace}/pods` }];
  }
}

/** The part that a test can replace. */
export type ConsumerList = Pick<ListedConsumers, keyof ListedConsumers>;

export class ListedConsumers {
  readonly #pods: readonly { readonly pod: V1Pod; readonly owner?: { readonly kind: string; readonly name: string } }[];

  constructor(
    private readonly namespace: string,
    pods: readonly V1Pod[],
    replicaSets: readonly Owned[] | undefined,
    private readonly jobs: ListedJobs,
  ) {
    const between = ownedOf([...(replicaSets ?? []), ...jobs.jobs]);
    this.#pods = pods
      .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
      .map((pod) => ({ pod, owner: topOwnerOf(pod, between) }))
      // Without the ReplicaSets nobody knows whose these pods are. Most belong to a Deployment that is listed anyway.
      .filter(({ owner }) => replicaSets !== undefined || owner?.kind !== 'ReplicaSet');
  }

  /** The living pods that read any of the Secrets. */
  readingPods(secrets: readonly string[]): readonly ReadingPod[] {
    return this.#pods.flatMap(({ pod: { metadata, spec }, owner }) => {
      const read = spec === undefined ? [] : secrets.filter((secret) => readsSecret(spec, secret));
      if (read.length === 0) return [];
      return [
        {
          name: metadata?.name ?? '',
          ...(owner && { owner: { kind: owner.kind, name: owner.name } }),
          secrets: read,
          createdAt: metadata?.creationTimestamp?.toISOString(),
        },
      ];
    });
  }

  /** What an owner's pods tell of their restart. */
  podOwner(owner: ConsumerRef, secrets: readonly string[]): Pick<PodOwnerFacts, 'replicas' | 'readyPods' | 'times'> {
    const pods = this.#podsOf(owner, secrets).filter((pod) => !isEnding(pod));
    const replicas = pods.length;
    const spec = { replicas, template: { spec: pods[0]?.spec } };
    // Like those of a bare ReplicaSet, its pods are replaced one by one.
    return { replicas, readyPods: pods.filter(isReady).length, times: declaredTimes('ReplicaSet', { spec }) };
  }

  /** The owner's living pods that read any of the Secrets. A pod that was made after the change is new. */
  podsOf(owner: ConsumerRef, secrets: readonly string[], changedAt: Date): readonly PodFacts[] {
    return this.#podsOf(owner, secrets).map((pod) => toPodFacts(pod, isNewerThan(pod, changedAt)));
  }

  #podsOf({ kind, name }: ConsumerRef, secrets: readonly string[]): readonly V1Pod[] {
    return this.#pods.flatMap(({ pod, owner }) => {
      const { spec } = pod;
      const isOwn = owner?.kind === kind && owner.name === name;
      return isOwn && spec !== undefined && secrets.some((secret) => readsSecret(spec, secret)) ? [pod] : [];
    });
  }

  startedByReloader(secrets: readonly string[], view: ReloaderView): readonly ConsumerRef[] {
    return startedByReloader(this.namespace, this.jobs, secrets, view);
  }

  /** The texts of Jobs, of CronJobs, and of pods whose owner shows no template that we know. */
  texts(): readonly ContainerTexts[] {
    const shown: ReadonlySet<string> = new Set(
      [...WORKLOAD_KINDS, 'Job', 'CronJob'].filter((kind) => !this.jobs.hidden.some((hidden) => hidden === kind)),
    );
    const ofPods = this.#pods.flatMap(({ pod: { metadata, spec }, owner }) => {
      if (spec === undefined || (owner !== undefined && shown.has(owner.kind))) return [];
      const holder = consumerOf(this.namespace, { name: metadata?.name ?? '', ...(owner && { owner }) });
      return containerTexts(spec, holder, false);
    });
    return [...textsOfJobs(this.namespace, this.jobs), ...ofPods];
  }
}
