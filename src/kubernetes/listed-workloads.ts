import { objectName, type WorkloadKind, type WorkloadRef } from '../domain/component.ts';
import { ANNOTATIONS_ALONE, judgeReloaders, reloaderPauseOf, type ReloaderView } from '../domain/reloader/index.ts';
import type { WorkloadFacts } from '../domain/preflight/index.ts';
import type { ContainerEnvironment } from '../domain/secret-plan/world.ts';
import type { ContainerTexts } from '../domain/consumers/texts.ts';
import type { KubernetesConnection } from './connection.ts';
import { containerTexts } from './container-texts.ts';
import { declaredTimes } from './declared-times.ts';
import { isForbidden, isNotFound } from './errors.ts';
import { livingPods } from './living-pods.ts';
import { ownerOf, type Owned } from './pod-owners.ts';
import { configMapsBesideSecrets, environmentsOf, readersAreProbed, readsSecret } from './pod-spec.ts';
import {
  desiredPods,
  isEnding,
  isReady,
  leftByController,
  templateSource,
  withTemplateOf,
  type ListedWorkload,
  type Workload,
  pausedPart,
} from './workload-objects.ts';

/** The part that a test can replace. */
export type WorkloadList = Pick<ListedWorkloads, keyof ListedWorkloads>;

export interface PodsNow {
  readonly ready: number;
  /** When the oldest pod started; absent when there is no pod. */
  readonly oldestStartedAt?: Date;
}

/** The workloads of a namespace as one list showed them. */
export class ListedWorkloads {
  /** Those that are restarted by themselves. */
  private readonly listed: readonly ListedWorkload[];

  constructor(
    private readonly connection: KubernetesConnection,
    private readonly namespace: string,
    all: readonly ListedWorkload[],
    /** All of the namespace, those of Deployments too; undefined where they may not be listed. */
    readonly replicaSets: readonly Owned[] | undefined,
  ) {
    this.listed = ownWorkloads(all);
  }

  /** The workloads whose pods read any of the Secrets. */
  reading(secrets: readonly string[], reloaders: ReloaderView = ANNOTATIONS_ALONE): readonly WorkloadFacts[] {
    return this.listed.flatMap((one) => toFacts(this.namespace, one, secrets, reloaders) ?? []);
  }

  /** The environment of every container of these workloads; reads the ConfigMaps for it. */
  async environments(): Promise<readonly ContainerEnvironment[]> {
    const pods = this.listed.flatMap(({ kind, workload: { metadata, spec } }) => {
      const podSpec = spec?.template?.spec;
      if (podSpec === undefined) return [];
      return [{ podSpec, ref: { kind, namespace: this.namespace, name: metadata?.name ?? '' } }];
    });
    const names = [...new Set(pods.flatMap(({ podSpec }) => configMapsBesideSecrets(podSpec)))];
    const configMaps = new Map(
      await Promise.all(names.map(async (name) => [name, await this.#configMap(name)] as const)),
    );
    return pods.flatMap(({ podSpec, ref }) => environmentsOf(podSpec, ref, configMaps));
  }

  /** The texts of every container of these workloads' templates. */
  texts(): readonly ContainerTexts[] {
    return this.listed.flatMap(({ kind, workload }) => {
      const podSpec = workload.spec?.template?.spec;
      const holder = { kind, namespace: this.namespace, name: workload.metadata?.name ?? '' };
      return podSpec === undefined ? [] : containerTexts(podSpec, holder, desiredPods(workload) === 0);
    });
  }

  /** The workload's pods, without pods that are ending. */
  async podsNow(ref: WorkloadRef): Promise<PodsNow> {
    const found = this.listed.find(({ kind, workload }) => kind === ref.kind && workload.metadata?.name === ref.name);
    const living = await livingPods(this.connection, ref, found?.workload ?? {}, this.replicaSets);
    const pods = living.filter((pod) => !isEnding(pod));
    const oldestStartedAt = pods
      .flatMap(({ status, metadata }) => status?.startTime ?? metadata?.creationTimestamp ?? [])
      .sort((a, b) => a.getTime() - b.getTime())[0];
    return { ready: pods.filter(isReady).length, oldestStartedAt };
  }

  /** A ConfigMap that does not exist, or may not be read, gives no values. */
  async #configMap(name: string): Promise<Readonly<Record<string, string>>> {
    const { namespace } = this;
    const found = await this.connection.call<{ data?: Record<string, string> }>(
      `read ${objectName('ConfigMap', namespace, name)}`,
      (options) => this.connection.core.readNamespacedConfigMap({ namespace, name }, options),
      (error) => (isNotFound(error) || isForbidden(error) ? {} : undefined),
    );
    return found.data ?? {};
  }
}

/**
 * Leaves out what another workload restarts with itself: the ReplicaSets of a controller, and the Deployment that only
 * has the pod template of a Rollout.
 */
function ownWorkloads(all: readonly ListedWorkload[]): readonly ListedWorkload[] {
  const of = (kind: string) => all.filter((one) => one.kind === kind).map(({ workload }) => workload);
  const sources = new Set(of('Rollout').flatMap((rollout) => templateSource(rollout) ?? []));
  return all.flatMap(({ kind, workload }) => {
    if (kind === 'ReplicaSet' && ownerOf(workload) !== undefined) return [];
    const { metadata, spec } = workload;
    if (kind === 'Deployment' && spec?.replicas === 0 && sources.has(metadata?.name ?? '')) return [];
    return [{ kind, workload: kind === 'Rollout' ? withTemplateOf(workload, of('Deployment')) : workload }];
  });
}

function toFacts(
  namespace: string,
  { kind, workload }: ListedWorkload,
  secrets: readonly string[],
  reloaders: ReloaderView,
): WorkloadFacts | undefined {
  const template = workload.spec?.template;
  const podSpec = template?.spec;
  if (podSpec === undefined) return undefined;
  const read = secrets.filter((secret) => readsSecret(podSpec, secret));
  if (read.length === 0) return undefined;
  const { name = '', annotations = {} } = workload.metadata ?? {};
  const templateAnnotations = template?.metadata?.annotations ?? {};
  const reloader = judgeReloaders(reloaders, { kind, namespace, annotations, templateAnnotations }, read);
  const isPausedByReloader =
    kind === 'Deployment' && reloaderPauseOf(pausedPart(workload), reloaders.reloaders) !== undefined;
  return {
    kind,
    namespace,
    name,
    secrets: read,
    replicas: desiredPods(workload),
    ...reloader,
    strategy: workload.spec?.strategy?.type ?? workload.spec?.updateStrategy?.type ?? 'RollingUpdate',
    // A restart knows how to go on with a pause of Reloader.
    heldBack: isPausedByReloader ? undefined : whyHeldBack(kind, workload),
    hasReadinessProbe: read.every((secret) => readersAreProbed(podSpec, secret)),
    times: declaredTimes(kind, workload),
    replaces: leftByController(kind, workload).replaces,
  };
}

/** Why a change of the pod template would not replace the old pods. */
function whyHeldBack(kind: WorkloadKind, { spec }: Workload): WorkloadFacts['heldBack'] {
  // Argo restarts the pods of a paused Rollout too.
  if (spec?.paused === true && kind !== 'Rollout') return 'paused';
  if (spec?.updateStrategy?.type === 'OnDelete') return 'OnDelete';
  return (spec?.updateStrategy?.rollingUpdate?.partition ?? 0) > 0 ? 'partition' : undefined;
}
