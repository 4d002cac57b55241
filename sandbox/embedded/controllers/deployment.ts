import type { Kinds, Store } from '../api/index.ts';
import { deploymentStatus, isComplete, type DeploymentFacts } from './deployment-status.ts';
import { keyOf, parseKey } from './object-key.ts';
import { availableIn, deletePod, isAlive, isOwnedBy, isReadyPod, soonestAvailable } from './pods-of.ts';
import { ReplicaSetsOf } from './replica-sets-of.ts';
import { nextRollingStep, resolvePercentage, unavailableOf } from './rolling-update.ts';
import { WorkQueue } from './work-queue.ts';

const MANAGER = 'deployment-controller';

type Deployment = Kinds['deployments'];
type ReplicaSet = Kinds['replicasets'];

/** Brings the pods of Deployments to their newest template, as Kubernetes does: Deployment, ReplicaSets, pods. */
export class DeploymentController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));
  readonly #sets: ReplicaSetsOf;
  /** By Deployment: what its progress looked like last, and since when. */
  readonly #progress = new Map<string, { readonly looks: string; readonly since: number }>();

  constructor(private readonly store: Store) {
    this.#sets = new ReplicaSetsOf(store, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      hashLabel: 'pod-template-hash',
      revision: 'deployment.kubernetes.io/revision',
      manager: MANAGER,
    });
    for (const deployment of store.list('deployments')) this.#queue.add(keyOf(deployment));
    this.#queue.fedBy(
      store.subscribe('deployments', ({ type, object }) => {
        if (type === 'DELETED') this.#sets.collect(object);
        else this.#queue.add(keyOf(object));
      }),
      store.subscribe('pods', ({ object: pod }) => {
        const key = this.#sets.keyOf(pod);
        if (key !== undefined) this.#queue.add(key);
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
    const minReadySeconds = spec.minReadySeconds ?? 0;
    const fresh = this.#sets.setFor(deployment, spec.template);
    const pods = this.#sets.pods(deployment);
    const isFresh = (pod: Kinds['pods']) => isOwnedBy(pod, fresh.metadata?.uid ?? '');
    const alive = pods.filter(isAlive);
    const look = (pod: Kinds['pods']) => ({
      name: pod.metadata?.name ?? '',
      ready: availableIn(pod, minReadySeconds) === 0,
    });
    const replicas = spec.replicas ?? 1;
    const { maxSurge: wantedSurge, maxUnavailable: wantedUnavailable } = spec.strategy?.rollingUpdate ?? {};
    const maxSurge = resolvePercentage(wantedSurge, replicas, 'up');
    const maxUnavailable = unavailableOf(wantedUnavailable, replicas, maxSurge);
    if (spec.paused !== true) {
      const step = nextRollingStep({
        replicas,
        maxSurge,
        maxUnavailable,
        recreate: spec.strategy?.type === 'Recreate',
        fresh: alive.filter(isFresh).map(look),
        old: alive.filter((pod) => !isFresh(pod)).map(look),
        ending: pods.length - alive.length,
      });
      for (const pod of alive) if (step.remove.includes(pod.metadata?.name ?? '')) deletePod(this.store, pod);
      for (let count = 0; count < step.create; count += 1) this.#sets.createPod(spec.template, fresh);
    }
    const soon = soonestAvailable(alive, minReadySeconds);
    if (soon !== undefined) this.#queue.add(key, soon);
    this.#writeStatus(key, deployment, fresh, replicas - maxUnavailable);
  }

  #writeStatus(key: string, deployment: Deployment, fresh: ReplicaSet, minimumAvailable: number): void {
    const alive = this.#sets.pods(deployment).filter(isAlive);
    const updated = alive.filter((pod) => isOwnedBy(pod, fresh.metadata?.uid ?? ''));
    const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
    const isAvailable = (pod: Kinds['pods']) => availableIn(pod, minReadySeconds) === 0;
    const facts = {
      generation: deployment.metadata?.generation ?? 0,
      replicas: deployment.spec?.replicas ?? 1,
      minimumAvailable,
      pods: alive.length,
      updated: updated.length,
      ready: alive.filter(isReadyPod).length,
      available: alive.filter(isAvailable).length,
      updatedAvailable: updated.filter(isAvailable).length,
      replicaSet: fresh.metadata?.name ?? '',
      deadlineExceeded: false,
    };
    const deadlineExceeded = this.#deadlineExceeded(key, deployment, facts);
    const status = deploymentStatus({ ...facts, deadlineExceeded }, deployment.status, new Date());
    const { namespace = '', name = '' } = deployment.metadata ?? {};
    const options = { subresource: 'status', manager: MANAGER } as const;
    this.store.patch('deployments', { namespace, name }, { type: 'merge', body: { status } }, options);
    this.#sets.writeStatus(deployment, minReadySeconds);
  }

  #deadlineExceeded(key: string, { spec }: Deployment, facts: DeploymentFacts): boolean {
    if (isComplete(facts)) {
      this.#progress.delete(key);
      return false;
    }
    const looks = JSON.stringify([facts.replicaSet, facts.updated, facts.updatedAvailable, facts.pods]);
    const known = this.#progress.get(key);
    const since = known?.looks === looks ? known.since : Date.now();
    this.#progress.set(key, { looks, since });
    const left = since + (spec?.progressDeadlineSeconds ?? 600) * 1_000 - Date.now();
    if (left > 0) this.#queue.add(key, left);
    return left <= 0;
  }
}
