import type { V1Pod } from '@kubernetes/client-node';
import { WORKLOAD_KINDS, workloadName, type WorkloadKind, type WorkloadRef } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { WorkloadFacts } from '../domain/preflight/index.ts';
import type { PodFacts, RolloutFacts } from '../domain/proofs/rollout.ts';
import type { ReloaderView } from '../domain/reloader/index.ts';
import type { Watched } from './changes.ts';
import { strategicMergePatch, type KubernetesConnection } from './connection.ts';
import { isNotFound } from './errors.ts';
import { ListedWorkloads, type WorkloadList } from './listed-workloads.ts';
import { findMarker, restartedFor, type RestartSigns } from './restart-signs.ts';
import { desiredPods, isEnding, livingPods, missingSpec, type Workload } from './workload-objects.ts';

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

export class Workloads {
  constructor(private readonly connection: KubernetesConnection) {}

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
        (await this.#listKind(namespace, kind)).map((workload) => ({ kind, workload })),
      ),
    );
    return new ListedWorkloads(this.connection, namespace, listed.flat());
  }

  /** The workload and its pods now, judged against the signs of a restart for the live Secret. */
  async rollout(ref: WorkloadRef, signs: RestartSigns): Promise<RolloutFacts> {
    const workload = await this.read(ref);
    if (workload.spec === undefined) throw missingSpec(ref);
    const { template } = workload.spec;
    const pods = await livingPods(this.connection, ref, workload);
    return {
      desired: desiredPods(workload),
      observed: (workload.status?.observedGeneration ?? 0) >= (workload.metadata?.generation ?? 0),
      marker: findMarker(template, signs),
      timedOutReplicaSet: timedOutReplicaSet(workload),
      pods: pods.map((pod) => toPodFacts(pod, signs)),
    };
  }

  /** Changes the pod template, as `kubectl rollout restart` does; the mark makes a second call change nothing. */
  async restart(
    ref: WorkloadRef,
    { component, mark }: Pick<RestartSigns, 'component' | 'mark'>,
    at: Date,
  ): Promise<void> {
    const workload = await this.read(ref);
    const key = restartedFor(component);
    if (workload.spec?.template.metadata?.annotations?.[key] === mark) return;
    const annotations = { [RESTARTED_AT]: at.toISOString(), [key]: mark };
    const body = { spec: { template: { metadata: { annotations } } } };
    const { kind, namespace, name } = ref;
    const request = { namespace, name, body };
    const { apps } = this.connection;
    await this.connection.call<unknown>(`restart ${workloadName(ref)}`, (options) =>
      apps[`patchNamespaced${kind}`](request, strategicMergePatch(options)),
    );
  }

  /** The objects to watch during a rollout. */
  watched({ kind, namespace, name }: WorkloadRef): readonly Watched[] {
    return [
      {
        path: `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`,
        fieldSelector: `metadata.name=${name}`,
      },
      { path: `/api/v1/namespaces/${namespace}/pods` },
    ];
  }

  async #listKind(namespace: string, kind: WorkloadKind): Promise<readonly Workload[]> {
    const { items } = await this.connection.call<{ items: Workload[] }>(
      `list the ${kind}s of namespace ${namespace}`,
      (options) => this.connection.apps[`listNamespaced${kind}`]({ namespace }, options),
    );
    return items;
  }

  private async read(ref: WorkloadRef): Promise<Workload> {
    const { kind, namespace, name } = ref;
    return this.connection.call<Workload>(
      `read ${workloadName(ref)}`,
      (options) => this.connection.apps[`readNamespaced${kind}`]({ namespace, name }, options),
      (error) => {
        if (!isNotFound(error)) return undefined;
        throw new RotationError(
          'WorkloadDeleted',
          `${workloadName(ref)} was deleted during the rotation. Deploy it again: it will read the live Secret.`,
        );
      },
    );
  }
}

/** Reasons of a container that is still starting. */
const HARMLESS: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

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

/** `ReplicaSet "litellm-7f9c" has timed out progressing.` */
function timedOutReplicaSet({ status }: Workload): string | undefined {
  const condition = status?.conditions?.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  return /ReplicaSet "([^"]+)"/.exec(condition?.message ?? '')?.[1];
}
