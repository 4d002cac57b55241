import type { CustomObject, Kinds, Store } from '../api/index.ts';
import { keyOf, parseKey } from './object-key.ts';
import { availableIn, deletePod, isAlive, isOwnedBy, soonestAvailable, type Template } from './pods-of.ts';
import { ReplicaSetsOf } from './replica-sets-of.ts';
import { nextRollingStep } from './rolling-update.ts';
import { canaryWeight, rolloutStatus, surge, unavailable, type RolloutSpec } from './rollout-spec.ts';
import { WorkQueue } from './work-queue.ts';

const MANAGER = 'rollouts-controller';
const HASH_LABEL = 'rollouts-pod-template-hash';
/** After a restart that could not go on it looks again so late, where nothing else happens. */
const RESTART_AGAIN_MS = 30_000;

type Pod = Kinds['pods'];
type Rollout = CustomObject & { readonly spec: RolloutSpec };

/**
 * Argo Rollouts' controller 1.8.3, as far as a restart and a rollout meet it: `spec.restartAt` deletes the older pods,
 * and only as far as enough others are available. A canary stands for ever at its first step with a pause.
 */
export class RolloutController {
  readonly #queue = new WorkQueue((key) => this.#reconcile(key));
  readonly #sets: ReplicaSetsOf;

  constructor(private readonly store: Store) {
    this.#sets = new ReplicaSetsOf(store, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      hashLabel: HASH_LABEL,
      revision: 'rollout.argoproj.io/revision',
      manager: MANAGER,
    });
    for (const rollout of store.list('rollouts')) this.#queue.add(keyOf(rollout));
    this.#queue.fedBy(
      store.subscribe('rollouts', ({ type, object }) => {
        if (type === 'DELETED') this.#sets.collect(object);
        else this.#queue.add(keyOf(object));
      }),
      store.subscribe('pods', ({ object }) => {
        const key = this.#sets.keyOf(object);
        if (key !== undefined) this.#queue.add(key);
      }),
    );
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #reconcile(key: string): void {
    const found = this.store.find('rollouts', parseKey(key));
    if (found?.spec === undefined) return;
    const rollout = found as Rollout;
    const { spec } = rollout;
    const template = spec.template as Template;
    const fresh = this.#sets.setFor(rollout, template);
    const restart = this.#restart(key, rollout);
    // What was just deleted is not to be counted as available by the next step.
    if (restart.deleted === 0) this.#roll(rollout, template, fresh);
    const soon = soonestAvailable(this.#sets.pods(rollout).filter(isAlive), spec.minReadySeconds ?? 0);
    if (soon !== undefined) this.#queue.add(key, soon);
    this.#writeStatus(rollout, fresh, restart.isOver);
  }

  /**
   * Deletes pods that are older than `spec.restartAt`, those of the same second not: one, or as many as may be
   * unavailable. A pod that is not available is nothing to spare, so a Rollout without enough available pods stands.
   */
  #restart(key: string, rollout: Rollout): { readonly deleted: number; readonly isOver: boolean } {
    const { spec, status } = rollout;
    const { restartAt, replicas = 1, minReadySeconds = 0 } = spec;
    if (restartAt === undefined || status?.['restartedAt'] === restartAt) return { deleted: 0, isOver: false };
    const at = Date.parse(restartAt);
    if (Date.now() <= at) {
      this.#queue.add(key, at - Date.now() + 1);
      return { deleted: 0, isOver: false };
    }
    const pods = this.#sets.pods(rollout);
    const available = pods.filter((pod) => isAlive(pod) && availableIn(pod, minReadySeconds) === 0).length;
    const wanted = this.#sets.sets(rollout).reduce((sum, set) => sum + (set.spec?.replicas ?? 0), 0);
    let spare = available - (Math.max(replicas, wanted) - Math.max(unavailable(spec), 1));
    const older = pods.filter(({ metadata }) => Date.parse(metadata?.creationTimestamp ?? '') < at);
    let deleted = 0;
    for (const pod of older.filter(({ metadata }) => metadata?.deletionTimestamp === undefined)) {
      if (spare <= 0) break;
      deletePod(this.store, pod);
      spare -= 1;
      deleted += 1;
    }
    if (older.length > deleted) this.#queue.add(key, RESTART_AGAIN_MS);
    // A canary's pass that deleted something writes no status; a blue-green one says at once that it is over.
    return { deleted, isOver: older.length === deleted && (deleted === 0 || spec.strategy?.blueGreen !== undefined) };
  }

  #roll(rollout: Rollout, template: Template, fresh: Kinds['replicasets']): void {
    const { spec, status } = rollout;
    const { replicas = 1, minReadySeconds = 0 } = spec;
    const pods = this.#sets.pods(rollout);
    const alive = pods.filter(isAlive);
    const isFresh = (pod: Pod): boolean => isOwnedBy(pod, fresh.metadata?.uid ?? '');
    const look = (pod: Pod) => ({
      name: pod.metadata?.name ?? '',
      ready: availableIn(pod, minReadySeconds) === 0,
    });
    const stable = status?.['stableRS'];
    const isCanary = stable !== undefined && stable !== fresh.metadata?.labels?.[HASH_LABEL];
    const held = isCanary ? canaryWeight(spec) : undefined;
    const old = alive.filter((pod) => !isFresh(pod));
    const step = nextRollingStep({
      replicas: held === undefined ? replicas : Math.ceil((replicas * held) / 100),
      maxSurge: held === undefined ? surge(spec) : old.length,
      maxUnavailable: unavailable(spec),
      recreate: false,
      fresh: alive.filter(isFresh).map(look),
      old: old.map(look),
      ending: pods.length - alive.length,
      unreadyGoAtOnce: stable === undefined,
    });
    if (held === undefined) {
      for (const pod of alive) if (step.remove.includes(pod.metadata?.name ?? '')) deletePod(this.store, pod);
    }
    for (let count = 0; count < step.create; count += 1) this.#sets.createPod(template, fresh);
  }

  #writeStatus(rollout: Rollout, fresh: Kinds['replicasets'], isRestarted: boolean): void {
    const { spec, metadata } = rollout;
    const alive = this.#sets.pods(rollout).filter(isAlive);
    const status = rolloutStatus(rollout, {
      pods: alive,
      updated: alive.filter((pod) => isOwnedBy(pod, fresh.metadata?.uid ?? '')),
      hash: fresh.metadata?.labels?.[HASH_LABEL] ?? '',
    });
    const body = { status: { ...status, ...(isRestarted && { restartedAt: spec.restartAt }) } };
    const key = { namespace: metadata?.namespace, name: metadata?.name ?? '' };
    this.store.patch('rollouts', key, { type: 'merge', body }, { subresource: 'status', manager: MANAGER });
    this.#sets.writeStatus(rollout, spec.minReadySeconds ?? 0);
  }
}
