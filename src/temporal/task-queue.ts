import { RotationError } from '../domain/failures.ts';

/** The Task Queue on which starters and workers meet, unless the environment names another. */
export const TASK_QUEUE = 'cnpg-rotator';

/** As long as Temporal lets it be. */
const MAX_TASK_QUEUE_LENGTH = 1_000;

/**
 * The Task Queue by `CNPG_ROTATOR_TASK_QUEUE`: workers of several Kubernetes clusters on one Temporal namespace need one
 * each, and whoever starts a rotation names that of its cluster.
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

/** The Task Queue of a command with --local, and of "up" besides: workers of one Kubernetes cluster alone poll it. */
export function taskQueueOf(kubernetesUid: string): string {
  return `${taskQueue()}-${kubernetesUid}`;
}
