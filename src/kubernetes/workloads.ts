import { WORKLOAD_KINDS, objectName, workloadName, type WorkloadKind, type WorkloadRef } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { WorkloadFacts } from '../domain/preflight/index.ts';
import type { PodFacts, RolloutFacts } from '../domain/proofs/rollout-facts.ts';
import { reloaderPauseOf, type ReloaderPause, type ReloaderView } from '../domain/reloader/index.ts';
import type { Watched } from './changes.ts';
import { strategicMergePatch, type KubernetesConnection } from './connection.ts';
import { isConflict, isForbidden, isNotFound } from './errors.ts';
import { ListedWorkloads, type WorkloadList } from './listed-workloads.ts';
import { livingPods } from './living-pods.ts';
import { isNewerThan, newFrom, rolloutMarker } from './pod-age.ts';
import { findMarker, restartedFor, type RestartSigns } from './restart-signs.ts';
import { endLiftedPause, liftPause } from './reloader-pauses.ts';
import { toPodFacts } from './pod-facts.ts';
import { Rollouts, ROLLOUTS_PATH } from './rollouts.ts';
import {
  desiredPods,
  leftByController,
  missingSpec,
  pausedPart,
  templateSource,
  withTemplateOf,
  type Workload,
} from './workload-objects.ts';

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

export class Workloads {
  readonly #rollouts: Rollouts;

  constructor(private readonly connection: KubernetesConnection) {
    this.#rollouts = new Rollouts(connection);
  }

  /** The workloads of the namespace whose pods read any of the Secrets. */
  async reading(
    namespace: string,
    secrets: readonly string[],
    reloaders?: ReloaderView,
  ): Promise<readonly WorkloadFacts[]> {
    return (await this.list(namespace)).reading(secrets, reloaders);
  }

  /** All workloads of the namespace. */
  async list(namespace: string): Promise<WorkloadList> {
    const listed = await Promise.all(
      WORKLOAD_KINDS.map(async (kind) =>
        (await this.#listKind(namespace, kind))?.map((workload) => ({ kind, workload })),
      ),
    );
    const replicaSets = listed[WORKLOAD_KINDS.indexOf('ReplicaSet')]?.map(({ workload }) => workload);
    return new ListedWorkloads(
      this.connection,
      namespace,
      listed.flatMap((all) => all ?? []),
      replicaSets,
    );
  }

  /** The workload and its pods now, judged against the signs of a restart for the live Secret. */
  async rollout(ref: WorkloadRef, signs: RestartSigns): Promise<RolloutFacts> {
    const workload = await this.#read(ref);
    if (workload.spec === undefined) throw missingSpec(ref);
    const living = await livingPods(this.connection, ref, workload);
    const facts = {
      desired: desiredPods(workload),
      timedOutReplicaSet: timedOutReplicaSet(workload),
      ...leftByController(ref.kind, workload),
      ...(ref.kind === 'Deployment' && { pause: reloaderPauseOf(pausedPart(workload), signs.reloaders) }),
    };
    const onTemplate = findMarker(workload.spec.template ?? {}, signs);
    if (ref.kind !== 'Rollout') {
      const pods = living.map((pod) => toPodFacts(pod, findMarker(pod, signs) !== undefined));
      return { ...facts, observed: hasSeenTemplate(workload), marker: onTemplate, pods };
    }
    const pods = living.map((pod) => toPodFacts(pod, isNewerThan(pod, signs.changedAt)));
    const oldLeft = pods.some(({ marked }) => !marked);
    return {
      ...facts,
      observed: true,
      marker: rolloutMarker(workload, signs.changedAt, { oldLeft, onTemplate }),
      pods,
    };
  }

  /** Changes the pod template, as `kubectl rollout restart` does; the mark makes a second call change nothing. */
  async restart(
    ref: WorkloadRef,
    { component, mark, changedAt }: Pick<RestartSigns, 'component' | 'mark' | 'changedAt'>,
    at: Date,
  ): Promise<void> {
    const { kind, namespace, name } = ref;
    if (kind === 'Rollout') return this.#rollouts.restartAt(ref, workloadName(ref), newFrom(changedAt));
    const workload = await this.#read(ref);
    const key = restartedFor(component);
    if (workload.spec?.template?.metadata?.annotations?.[key] === mark) return;
    const annotations = { [RESTARTED_AT]: at.toISOString(), [key]: mark };
    const body = { spec: { template: { metadata: { annotations } } } };
    const request = { namespace, name, body };
    const { apps } = this.connection;
    await this.connection.call<unknown>(`restart ${workloadName(ref)}`, (options) =>
      apps[`patchNamespaced${kind}`](request, strategicMergePatch(options)),
    );
  }

  /** Ends Reloader's pause for the rollout; twice is as once. */
  liftPause(ref: WorkloadRef, mark: string): Promise<void> {
    return liftPause(this.connection, ref, mark);
  }

  endLiftedPause(ref: WorkloadRef, pause: ReloaderPause, how: 'give back' | 'forget'): Promise<void> {
    return endLiftedPause(this.connection, ref, pause, how);
  }

  /** Deletes this pod, not another of its name, so that its owner makes it again. @returns false without the right. */
  async deletePod(namespace: string, { name, uid }: Pick<PodFacts, 'name' | 'uid'>): Promise<boolean> {
    const deleted = await this.connection.call<unknown>(
      `delete ${objectName('Pod', namespace, name)}`,
      (options) =>
        this.connection.core.deleteNamespacedPod({ namespace, name, body: { preconditions: { uid } } }, options),
      (error) => {
        if (isForbidden(error)) return 'forbidden';
        return isNotFound(error) || isConflict(error) ? 'gone' : undefined;
      },
    );
    return deleted !== 'forbidden';
  }

  /** The objects to watch during a rollout. */
  watched({ kind, namespace, name }: WorkloadRef): readonly Watched[] {
    const group = kind === 'Rollout' ? ROLLOUTS_PATH : '/apis/apps/v1';
    return [
      { path: `${group}/namespaces/${namespace}/${kind.toLowerCase()}s`, fieldSelector: `metadata.name=${name}` },
      { path: `/api/v1/namespaces/${namespace}/pods` },
    ];
  }

  /** @returns undefined for ReplicaSets that may not be listed: version 0.2.0 did without that right. */
  async #listKind(namespace: string, kind: WorkloadKind): Promise<readonly Workload[] | undefined> {
    if (kind === 'Rollout') return this.#rollouts.list(namespace);
    const found = await this.connection.call<{ items: Workload[] } | 'forbidden'>(
      `list the ${kind}s of namespace ${namespace}`,
      (options) => this.connection.apps[`listNamespaced${kind}`]({ namespace }, options),
      (error) => (kind === 'ReplicaSet' && isForbidden(error) ? 'forbidden' : undefined),
    );
    return found === 'forbidden' ? undefined : found.items;
  }

  async #read(ref: WorkloadRef): Promise<Workload> {
    const { kind, namespace, name } = ref;
    const absent = (error: unknown): undefined => {
      if (!isNotFound(error)) return undefined;
      throw new RotationError(
        'WorkloadDeleted',
        `${workloadName(ref)} was deleted during the rotation. Deploy it again: it will read the live Secret.`,
      );
    };
    if (kind === 'Rollout') return this.#readRollout(ref, absent);
    return this.connection.call<Workload>(
      `read ${workloadName(ref)}`,
      (options) => this.connection.apps[`readNamespaced${kind}`]({ namespace, name }, options),
      absent,
    );
  }

  async #readRollout(ref: WorkloadRef, absent: (error: unknown) => undefined): Promise<Workload> {
    const rollout = await this.#rollouts.read(ref, workloadName(ref), absent);
    const source = templateSource(rollout);
    if (source === undefined) return rollout;
    const deployment = await this.#read({ ...ref, kind: 'Deployment', name: source });
    return withTemplateOf(rollout, [deployment]);
  }
}

function hasSeenTemplate({ metadata, status }: Workload): boolean {
  return Number(status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
}

/** `ReplicaSet "litellm-7f9c" has timed out progressing.` */
function timedOutReplicaSet({ status }: Workload): string | undefined {
  const condition = status?.conditions?.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  return /ReplicaSet "([^"]+)"/.exec(condition?.message ?? '')?.[1];
}
