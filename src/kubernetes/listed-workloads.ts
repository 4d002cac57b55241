import { objectName, type WorkloadKind, type WorkloadRef } from '../domain/component.ts';
import { ANNOTATIONS_ALONE, judgeReloaders, type ReloaderView } from '../domain/reloader/index.ts';
import type { WorkloadFacts } from '../domain/preflight/index.ts';
import type { ContainerEnvironment } from '../domain/secret-plan/world.ts';
import type { ContainerTexts } from '../domain/consumers/texts.ts';
import type { KubernetesConnection } from './connection.ts';
import { containerTexts } from './container-texts.ts';
import { isNotFound, statusOf } from './errors.ts';
import { configMapsBesideSecrets, environmentsOf, readersAreProbed, readsSecret } from './pod-spec.ts';
import { desiredPods, isEnding, livingPods, type Workload } from './workload-objects.ts';

/** The part that a test can replace. */
export type WorkloadList = Pick<ListedWorkloads, keyof ListedWorkloads>;

export interface ListedWorkload {
  readonly kind: WorkloadKind;
  readonly workload: Workload;
}

/** The workloads of a namespace as one list showed them. */
export class ListedWorkloads {
  constructor(
    private readonly connection: KubernetesConnection,
    private readonly namespace: string,
    private readonly listed: readonly ListedWorkload[],
  ) {}

  /** The workloads whose pods read any of the Secrets. */
  reading(secrets: readonly string[], reloaders: ReloaderView = ANNOTATIONS_ALONE): readonly WorkloadFacts[] {
    return this.listed.flatMap((one) => toFacts(this.namespace, one, secrets, reloaders) ?? []);
  }

  /** The environment of every container of these workloads; reads the ConfigMaps for it. */
  async environments(): Promise<readonly ContainerEnvironment[]> {
    const pods = this.listed.flatMap(({ kind, workload: { metadata, spec } }) => {
      const podSpec = spec?.template.spec;
      return podSpec === undefined
        ? []
        : [{ podSpec, ref: { kind, namespace: this.namespace, name: metadata?.name ?? '' } }];
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
      const podSpec = workload.spec?.template.spec;
      const holder = { kind, namespace: this.namespace, name: workload.metadata?.name ?? '' };
      return podSpec === undefined ? [] : containerTexts(podSpec, holder, desiredPods(workload) === 0);
    });
  }

  /** When the workload's oldest pod started, without pods that are ending; `undefined` when there is no pod. */
  async oldestPodStartedAt(ref: WorkloadRef): Promise<Date | undefined> {
    const found = this.listed.find(({ kind, workload }) => kind === ref.kind && workload.metadata?.name === ref.name);
    const pods = await livingPods(this.connection, ref, found?.workload ?? {});
    return pods
      .filter((pod) => !isEnding(pod))
      .flatMap(({ status, metadata }) => status?.startTime ?? metadata?.creationTimestamp ?? [])
      .sort((a, b) => a.getTime() - b.getTime())[0];
  }

  /** A ConfigMap that does not exist, or may not be read, gives no values. */
  async #configMap(name: string): Promise<Readonly<Record<string, string>>> {
    const { namespace } = this;
    const found = await this.connection.call<{ data?: Record<string, string> }>(
      `read ${objectName('ConfigMap', namespace, name)}`,
      (options) => this.connection.core.readNamespacedConfigMap({ namespace, name }, options),
      (error) => (isNotFound(error) || statusOf(error) === 403 ? {} : undefined),
    );
    return found.data ?? {};
  }
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
  return {
    kind,
    namespace,
    name,
    secrets: read,
    replicas: desiredPods(workload),
    ...judgeReloaders(reloaders, { kind, namespace, annotations, templateAnnotations }, read),
    strategy: workload.spec?.strategy?.type ?? workload.spec?.updateStrategy?.type ?? 'RollingUpdate',
    heldBack: whyHeldBack(workload),
    hasReadinessProbe: read.every((secret) => readersAreProbed(podSpec, secret)),
  };
}

/** Why a change of the pod template would not replace the old pods. */
function whyHeldBack({ spec }: Workload): WorkloadFacts['heldBack'] {
  if (spec?.paused === true) return 'paused';
  if (spec?.updateStrategy?.type === 'OnDelete') return 'OnDelete';
  const rolling: { readonly partition?: number } = spec?.updateStrategy?.rollingUpdate ?? {};
  return (rolling.partition ?? 0) > 0 ? 'partition' : undefined;
}
