import type { V1LabelSelector, V1ObjectMeta, V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node';
import { workloadName, type WorkloadRef } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { KubernetesConnection } from './connection.ts';
import { labelSelector } from './selectors.ts';

/** The common part of a Deployment, a StatefulSet and a DaemonSet. */
export interface Workload {
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

export function desiredPods({ spec, status }: Workload): number {
  return spec?.replicas ?? status?.desiredNumberScheduled ?? 1;
}

/** The pods of a workload, without pods that ended for good: those hold no connection and will not open one. */
export async function livingPods(
  connection: KubernetesConnection,
  ref: WorkloadRef,
  { spec }: Workload,
): Promise<readonly V1Pod[]> {
  if (spec === undefined) throw missingSpec(ref);
  const { namespace } = ref;
  const { items } = await connection.call(`list the pods of ${workloadName(ref)}`, (options) =>
    connection.core.listNamespacedPod({ namespace, labelSelector: labelSelector(spec.selector) }, options),
  );
  return items.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
}

export function isEnding(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

export function missingSpec(ref: WorkloadRef): RotationError {
  return new RotationError('KubernetesRejected', `${workloadName(ref)} has no spec.`);
}
