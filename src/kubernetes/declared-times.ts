import type { V1Container, V1Probe } from '@kubernetes/client-node';
import type { WorkloadKind } from '../domain/component.ts';
import type { DeclaredTimes } from '../domain/proofs/restart-time.ts';
import { desiredPods, type RollingUpdate, type Workload } from './workload-objects.ts';

const DEFAULT_GRACE_SECONDS = 30;
const DEFAULT_SURGE = '25%';

/** What the objects of a workload declare about the time of its restart. */
export function declaredTimes(kind: WorkloadKind, workload: Workload): DeclaredTimes {
  const { spec } = workload;
  const pod = spec?.template?.spec;
  const sidecars = (pod?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const ready = [...(pod?.containers ?? []), ...sidecars].map(secondsUntilReady);
  const replicas = desiredPods(workload);
  return {
    replicas,
    ...pace(kind, workload, replicas),
    readySeconds: Math.max(0, ...ready) + (spec?.minReadySeconds ?? 0),
    graceSeconds: pod?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
    progressDeadlineSeconds: spec?.progressDeadlineSeconds,
  };
}

/** A readiness probe begins when the startup probe has succeeded. */
function secondsUntilReady({ startupProbe, readinessProbe }: V1Container): number {
  return secondsOf(startupProbe) + secondsOf(readinessProbe);
}

/** The defaults are those of Kubernetes. */
function secondsOf(probe: V1Probe | undefined): number {
  if (probe === undefined) return 0;
  const { initialDelaySeconds = 0, failureThreshold = 3, periodSeconds = 10 } = probe;
  return initialDelaySeconds + failureThreshold * periodSeconds;
}

/** How many pods the controller replaces at once, and whether an old pod ends before the pod in its place is made. */
function pace(kind: WorkloadKind, { spec }: Workload, replicas: number): Pick<DeclaredTimes, 'atOnce' | 'endsFirst'> {
  switch (kind) {
    case 'Deployment': {
      if (spec?.strategy?.type === 'Recreate') return { atOnce: replicas, endsFirst: true };
      const { maxSurge = DEFAULT_SURGE, maxUnavailable = DEFAULT_SURGE } = spec?.strategy?.rollingUpdate ?? {};
      const surge = Math.ceil(share(maxSurge, replicas));
      return { atOnce: Math.max(1, surge + Math.floor(share(maxUnavailable, replicas))), endsFirst: surge === 0 };
    }
    case 'DaemonSet': {
      const { maxSurge = 0, maxUnavailable = 1 } = spec?.updateStrategy?.rollingUpdate ?? {};
      const surge = Math.ceil(share(maxSurge, replicas));
      return { atOnce: Math.max(1, surge + Math.ceil(share(maxUnavailable, replicas))), endsFirst: surge === 0 };
    }
    case 'Rollout': {
      // By `restartAt` a pod goes before another comes, and one goes although none may be missing.
      const { maxUnavailable = DEFAULT_SURGE }: RollingUpdate = spec?.strategy?.canary ?? { maxUnavailable: 0 };
      return { atOnce: Math.max(1, Math.floor(share(maxUnavailable, replicas))), endsFirst: true };
    }
    case 'StatefulSet':
    case 'ReplicaSet':
      return { atOnce: 1, endsFirst: true };
  }
}

/** `25%` of the pods, or a number of them. */
function share(value: number | string, replicas: number): number {
  const [, percentage] = /^(\d+)%$/.exec(String(value)) ?? [];
  return percentage === undefined ? Number(value) : (Number(percentage) * replicas) / 100;
}
