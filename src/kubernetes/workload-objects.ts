import type { V1LabelSelector, V1ObjectMeta, V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node';
import { workloadName, type WorkloadKind, type WorkloadRef } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { RolloutFacts } from '../domain/proofs/rollout-facts.ts';
import type { PausedDeployment } from '../domain/reloader/index.ts';

/** The common part of the kinds that run pods from a template, and of Argo's Rollout. */
export interface Workload {
  readonly metadata?: V1ObjectMeta;
  readonly spec?: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly minReadySeconds?: number;
    readonly progressDeadlineSeconds?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: RollingUpdate;
      readonly canary?: RollingUpdate;
    };
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: RollingUpdate };
    /** Only of a StatefulSet. */
    readonly podManagementPolicy?: string;
    readonly ordinals?: { readonly start?: number };
    /** Only of a Rollout, RFC 3339. */
    readonly restartAt?: string;
    /** Only of a Rollout: the workload that has its pod template. */
    readonly workloadRef?: { readonly kind?: string; readonly name?: string };
    /** Only a Rollout may leave it to the workload that has its pod template. */
    readonly selector?: V1LabelSelector;
    readonly template?: V1PodTemplateSpec;
  };
  readonly status?: {
    readonly observedGeneration?: number | string;
    readonly desiredNumberScheduled?: number;
    readonly conditions?: readonly { readonly reason?: string; readonly message?: string }[];
    /** Only of a Rollout, RFC 3339. */
    readonly restartedAt?: string;
  };
}

export interface RollingUpdate {
  readonly maxSurge?: number | string;
  readonly maxUnavailable?: number | string;
  readonly partition?: number;
}

export interface ListedWorkload {
  readonly kind: WorkloadKind;
  readonly workload: Workload;
}

/** What shows whether and by whom a Deployment is paused. */
export function pausedPart({ metadata, spec }: Workload): PausedDeployment {
  return { paused: spec?.paused === true, annotations: metadata?.annotations ?? {} };
}

export function desiredPods({ spec, status }: Workload): number {
  return spec?.replicas ?? status?.desiredNumberScheduled ?? 1;
}

/**
 * The old pods that the controller does not replace. Argo's controller evicts no pod while as many are not ready as may
 * be missing, and a StatefulSet with OrderedReady waits for each pod in its order. Where readiness is a login, the old
 * pods are never ready again, so both would wait for ever.
 */
export function leftByController(
  kind: WorkloadKind,
  { spec }: Workload,
): Pick<RolloutFacts, 'replaces' | 'firstOrdinal'> {
  switch (kind) {
    case 'ReplicaSet':
      return { replaces: 'all' };
    case 'Rollout':
      return { replaces: 'unready' };
    case 'StatefulSet':
      if (spec?.podManagementPolicy === 'Parallel') return {};
      return { replaces: 'unready in order', firstOrdinal: spec?.ordinals?.start };
    case 'Deployment':
    case 'DaemonSet':
      return {};
  }
}

/** A Rollout may take its pod template from a Deployment. */
export function withTemplateOf(rollout: Workload, deployments: readonly Workload[]): Workload {
  const source = deployments.find(({ metadata }) => metadata?.name === templateSource(rollout));
  if (rollout.spec === undefined || source?.spec === undefined) return rollout;
  // A selector of its own may be left out too.
  return { ...rollout, spec: { selector: source.spec.selector, ...rollout.spec, template: source.spec.template } };
}

/** The Deployment that has the pod template of a Rollout. */
export function templateSource({ spec }: Workload): string | undefined {
  return spec?.workloadRef?.kind === 'Deployment' ? spec.workloadRef.name : undefined;
}

export function isEnding(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

export function isReady(pod: V1Pod): boolean {
  return (
    !isEnding(pod) && pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  );
}

export function missingSpec(ref: WorkloadRef): RotationError {
  return new RotationError('KubernetesRejected', `${workloadName(ref)} has no spec.`);
}
