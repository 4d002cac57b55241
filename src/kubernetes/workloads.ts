import type { V1LabelSelector, V1ObjectMeta, V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node';
import { WORKLOAD_KINDS, objectName, type WorkloadKind, type WorkloadRef } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { ContainerEnvironment } from '../domain/secret-plan/world.ts';
import type { WorkloadFacts } from '../domain/preflight/index.ts';
import { annotatedOnTemplateOnly, watchedByReloader } from '../domain/proofs/reloader.ts';
import type { PodFacts, RolloutFacts } from '../domain/proofs/rollout.ts';
import type { Watched } from './changes.ts';
import { strategicMergePatch, type KubernetesConnection } from './connection.ts';
import { isNotFound, statusOf } from './errors.ts';
import { configMapsBesideSecrets, environmentsOf, readersAreProbed, readsSecret } from './pod-spec.ts';
import { findMarker, restartedFor, type RestartSigns } from './restart-signs.ts';
import { labelSelector } from './selectors.ts';

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/** The common part of a Deployment, a StatefulSet and a DaemonSet. */
interface Workload {
  readonly metadata?: V1ObjectMeta;
  readonly spec?: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly strategy?: { readonly type?: string };
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: object };
    readonly selector: V1LabelSelector;
    readonly template: V1PodTemplateSpec;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly conditions?: readonly { readonly reason?: string; readonly message?: string }[];
  };
}

export class Workloads {
  constructor(private readonly connection: KubernetesConnection) {}

  /** The workloads of the namespace whose pods read any of the Secrets. */
  async reading(namespace: string, secrets: readonly string[]): Promise<readonly WorkloadFacts[]> {
    const found = await Promise.all(WORKLOAD_KINDS.map((kind) => this.listReading(namespace, secrets, kind)));
    return found.flat();
  }

  /** What the containers of all workloads of the namespace are given as environment. */
  async environments(namespace: string): Promise<readonly ContainerEnvironment[]> {
    const all = await Promise.all(
      WORKLOAD_KINDS.map(async (kind) => (await this.list(namespace, kind)).map((workload) => ({ kind, workload }))),
    );
    const pods = all.flat().flatMap(({ kind, workload: { metadata, spec } }) => {
      const podSpec = spec?.template.spec;
      return podSpec === undefined ? [] : [{ podSpec, ref: { kind, name: metadata?.name ?? '' } }];
    });
    const names = new Set(pods.flatMap(({ podSpec }) => configMapsBesideSecrets(podSpec)));
    const values = await Promise.all([...names].map((name) => this.configMap(namespace, name)));
    const configMaps = new Map([...names].map((name, index) => [name, values[index] ?? {}] as const));
    return pods.flatMap(({ podSpec, ref }) => environmentsOf(podSpec, ref, configMaps));
  }

  /** One that does not exist, or may not be read, says nothing. */
  private async configMap(namespace: string, name: string): Promise<Readonly<Record<string, string>>> {
    const found = await this.connection.call<{ data?: Record<string, string> }>(
      `read ${objectName('ConfigMap', namespace, name)}`,
      (options) => this.connection.core.readNamespacedConfigMap({ namespace, name }, options),
      (error) => (isNotFound(error) || statusOf(error) === 403 ? {} : undefined),
    );
    return found.data ?? {};
  }

  /** The workload and its pods now, judged against the signs of a restart for the live Secret. */
  async rollout(namespace: string, ref: WorkloadRef, signs: RestartSigns): Promise<RolloutFacts> {
    const workload = await this.read(namespace, ref);
    const { template, selector } = workload.spec ?? missingSpec(namespace, ref);
    const pods = await this.pods(namespace, ref, selector);
    return {
      desired: desiredPods(workload),
      observed: (workload.status?.observedGeneration ?? 0) >= (workload.metadata?.generation ?? 0),
      marker: findMarker(template, signs),
      timedOutReplicaSet: timedOutReplicaSet(workload),
      pods: pods.map((pod) => toPodFacts(pod, signs)),
    };
  }

  /** When the oldest of its pods that stay was started, or `undefined` when there is none. */
  async oldestPodStartedAt(namespace: string, ref: WorkloadRef): Promise<Date | undefined> {
    const { spec } = await this.read(namespace, ref);
    const pods = await this.pods(namespace, ref, (spec ?? missingSpec(namespace, ref)).selector);
    return pods
      .filter((pod) => !isEnding(pod))
      .flatMap(({ status, metadata }) => status?.startTime ?? metadata?.creationTimestamp ?? [])
      .sort((a, b) => a.getTime() - b.getTime())[0];
  }

  /** Changes the pod template, as `kubectl rollout restart` does; the mark makes a second call change nothing. */
  async restart(
    namespace: string,
    ref: WorkloadRef,
    { component, mark }: Pick<RestartSigns, 'component' | 'mark'>,
    at: Date,
  ): Promise<void> {
    const workload = await this.read(namespace, ref);
    const key = restartedFor(component);
    if (workload.spec?.template.metadata?.annotations?.[key] === mark) return;
    const annotations = { [RESTARTED_AT]: at.toISOString(), [key]: mark };
    const body = { spec: { template: { metadata: { annotations } } } };
    const request = { namespace, name: ref.name, body };
    const { apps } = this.connection;
    await this.connection.call<unknown>(`restart ${objectName(ref.kind, namespace, ref.name)}`, (options) => {
      const merge = strategicMergePatch(options);
      switch (ref.kind) {
        case 'Deployment':
          return apps.patchNamespacedDeployment(request, merge);
        case 'StatefulSet':
          return apps.patchNamespacedStatefulSet(request, merge);
        case 'DaemonSet':
          return apps.patchNamespacedDaemonSet(request, merge);
      }
    });
  }

  /** What to watch to see a rollout go on. */
  watched(namespace: string, ref: WorkloadRef): readonly Watched[] {
    return [
      {
        path: `/apis/apps/v1/namespaces/${namespace}/${ref.kind.toLowerCase()}s`,
        fieldSelector: `metadata.name=${ref.name}`,
      },
      { path: `/api/v1/namespaces/${namespace}/pods` },
    ];
  }

  private async listReading(
    namespace: string,
    secrets: readonly string[],
    kind: WorkloadKind,
  ): Promise<readonly WorkloadFacts[]> {
    const items = await this.list(namespace, kind);
    return items.flatMap((workload) => {
      const template = workload.spec?.template;
      const podSpec = template?.spec;
      if (podSpec === undefined) return [];
      const read = secrets.filter((secret) => readsSecret(podSpec, secret));
      if (read.length === 0) return [];
      const own = workload.metadata?.annotations ?? {};
      const onTemplate = template?.metadata?.annotations ?? {};
      const heldBack = whyHeldBack(workload);
      return {
        kind,
        name: workload.metadata?.name ?? '',
        secrets: read,
        replicas: desiredPods(workload),
        watchedByReloader: read.every((secret) => watchedByReloader(own, onTemplate, secret)),
        annotatedOnTemplateOnly: annotatedOnTemplateOnly(own, onTemplate),
        strategy: workload.spec?.strategy?.type ?? workload.spec?.updateStrategy?.type ?? 'RollingUpdate',
        heldBack,
        hasReadinessProbe: read.every((secret) => readersAreProbed(podSpec, secret)),
      };
    });
  }

  private async list(namespace: string, kind: WorkloadKind): Promise<readonly Workload[]> {
    const { items } = await this.connection.call<{ items: Workload[] }>(
      `list the ${kind}s of namespace ${namespace}`,
      (options) => {
        const { apps } = this.connection;
        switch (kind) {
          case 'Deployment':
            return apps.listNamespacedDeployment({ namespace }, options);
          case 'StatefulSet':
            return apps.listNamespacedStatefulSet({ namespace }, options);
          case 'DaemonSet':
            return apps.listNamespacedDaemonSet({ namespace }, options);
        }
      },
    );
    return items;
  }

  /** The living pods of a workload. */
  private async pods(namespace: string, ref: WorkloadRef, selector: V1LabelSelector): Promise<readonly V1Pod[]> {
    const { items } = await this.connection.call(
      `list the pods of ${objectName(ref.kind, namespace, ref.name)}`,
      (options) =>
        this.connection.core.listNamespacedPod({ namespace, labelSelector: labelSelector(selector) }, options),
    );
    return items.filter((pod) => !isOver(pod));
  }

  private async read(namespace: string, ref: WorkloadRef): Promise<Workload> {
    const { apps } = this.connection;
    const name = objectName(ref.kind, namespace, ref.name);
    return this.connection.call<Workload>(
      `read ${name}`,
      (options) => {
        const request = { namespace, name: ref.name };
        switch (ref.kind) {
          case 'Deployment':
            return apps.readNamespacedDeployment(request, options);
          case 'StatefulSet':
            return apps.readNamespacedStatefulSet(request, options);
          case 'DaemonSet':
            return apps.readNamespacedDaemonSet(request, options);
        }
      },
      (error) => {
        if (!isNotFound(error)) return undefined;
        throw new RotationError(
          'WorkloadDeleted',
          `${name} was deleted during the rotation. Deploy it again: it will read the live Secret.`,
        );
      },
    );
  }
}

function desiredPods({ spec, status }: Workload): number {
  return spec?.replicas ?? status?.desiredNumberScheduled ?? 1;
}

/** Why a change of the pod template would leave old pods. */
function whyHeldBack({ spec }: Workload): WorkloadFacts['heldBack'] {
  if (spec?.paused === true) return 'paused';
  if (spec?.updateStrategy?.type === 'OnDelete') return 'OnDelete';
  const rolling: { readonly partition?: number } = spec?.updateStrategy?.rollingUpdate ?? {};
  return (rolling.partition ?? 0) > 0 ? 'partition' : undefined;
}

/** Reasons of a container that is only starting. */
const HARMLESS: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** A pod that ended for good holds no connection and will not open one. */
function isOver(pod: V1Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function isEnding(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

/** Pods carry the environment and the annotations of the template that they were made from. */
function toPodFacts(pod: V1Pod, signs: RestartSigns): PodFacts {
  const marked = findMarker({ metadata: pod.metadata, spec: pod.spec }, signs) !== undefined;
  const ending = isEnding(pod);
  const ready =
    !ending && pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const trouble = containers
    .map(
      ({ state }) =>
        state?.waiting?.reason ?? (state?.terminated?.exitCode === 0 ? undefined : state?.terminated?.reason),
    )
    .find((reason) => reason !== undefined && !HARMLESS.has(reason));
  const restarts = Math.max(0, ...containers.map(({ restartCount }) => restartCount));
  return { name: pod.metadata?.name ?? '', marked, ready, ending, restarts, trouble };
}

function missingSpec(namespace: string, ref: WorkloadRef): never {
  throw new RotationError('KubernetesRejected', `${objectName(ref.kind, namespace, ref.name)} has no spec.`);
}

/** `ReplicaSet "litellm-7f9c" has timed out progressing.` */
function timedOutReplicaSet({ status }: Workload): string | undefined {
  const condition = status?.conditions?.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  return /ReplicaSet "([^"]+)"/.exec(condition?.message ?? '')?.[1];
}
