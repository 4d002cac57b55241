import { RotationError } from '../domain/failures.ts';

/** The Task Queue of starters and workers, unless the environment names another one. */
export const TASK_QUEUE = 'cnpg-rotator';

/** The longest name that Temporal allows. */
const MAX_TASK_QUEUE_LENGTH = 1_000;

/**
 * The Task Queue from `CNPG_ROTATOR_TASK_QUEUE`. If workers of several Kubernetes clusters share a Temporal namespace,
 * each cluster needs its own Task Queue. Whoever starts a rotation must name the Task Queue of the rotation's cluster.
 * @throws RotationError `InvalidConfiguration`.
 */
export function taskQueue(name = process.env['CNPG_ROTATOR_TASK_QUEUE']): string {
  if (name === undefined || name === '') return TASK_QUEUE;
  if (name.length <= MAX_TASK_QUEUE_LENGTH && /^[\w.:/-]+$/.test(name)) return name;
  throw new RotationError(
    'InvalidConfiguration',
    `CNPG_ROTATOR_TASK_QUEUE must be a name of letters, digits and "._:/-", at most ${MAX_TASK_QUEUE_LENGTH} characters.`,
  );
}

/** The Task Queue of a command with --local; "up" serves it too. Only workers of one Kubernetes cluster poll it. */
export function taskQueueOf(kubernetesUid: string): string {
  return `${taskQueue()}-${kubernetesUid}`;
}
