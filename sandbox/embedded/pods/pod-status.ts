import { ApiError, type Kinds, type Store } from '../api/index.ts';
import type { Container } from './environment.ts';

type PodStatus = NonNullable<Kinds['pods']['status']>;
type ContainerState = NonNullable<NonNullable<PodStatus['containerStatuses']>[number]['state']>;

/** A pod with one container, at one moment. */
export interface PodState {
  readonly address: string;
  readonly startTime: Date;
  readonly ready: boolean;
  readonly readySince: Date;
  readonly restarts: number;
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  /** Its program has ended, and is not started again. */
  readonly isOver?: boolean;
}

/** RFC 3339 to the second, as the API writes times. */
export function timestamp(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}

export function podStatus(container: Container, pod: PodState): PodStatus {
  const running = pod.state.running !== undefined;
  const condition = (type: string, holds: boolean, at: Date) => ({
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: timestamp(at),
    ...(!holds &&
      (pod.isOver === true
        ? { reason: 'PodCompleted' }
        : { reason: 'ContainersNotReady', message: `containers with unready status: [${container.name}]` })),
  });
  return {
    phase: phaseOf(pod),
    podIP: pod.address,
    podIPs: [{ ip: pod.address }],
    hostIP: '127.0.0.1',
    startTime: timestamp(pod.startTime),
    conditions: [
      condition('Initialized', true, pod.startTime),
      condition('Ready', pod.ready, pod.readySince),
      condition('ContainersReady', pod.ready, pod.readySince),
      condition('PodScheduled', true, pod.startTime),
    ],
    containerStatuses: [
      {
        name: container.name,
        image: container.image ?? '',
        imageID: container.image ?? '',
        ready: pod.ready,
        started: running,
        restartCount: pod.restarts,
        state: pod.state,
        lastState: pod.lastState,
      },
    ],
  };
}

function phaseOf({ isOver, restarts, state }: PodState): string {
  if (isOver === true) return state.terminated?.exitCode === 0 ? 'Succeeded' : 'Failed';
  return state.running !== undefined || restarts > 0 ? 'Running' : 'Pending';
}

/** Writes it, where the pod is still there. */
export function writePodStatus(store: Store, namespace: string, name: string, status: PodStatus): void {
  try {
    const body = { status };
    store.patch('pods', { namespace, name }, { type: 'merge', body }, { subresource: 'status', manager: 'kubelet' });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 404)) throw error;
  }
}
