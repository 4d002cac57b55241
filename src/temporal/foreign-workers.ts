import { hostname } from 'node:os';
import type { NativeConnection } from '@temporalio/worker';
import { RotationError, messageOf } from '../domain/failures.ts';
import { logger } from '../log.ts';
import { keyMark } from './payloads/key-mark.ts';
import { SEEN_WITHIN_MS, pollersOf, polling, type Poller } from './pollers.ts';
import type { TemporalTarget } from './target.ts';

const MARK = ' of Kubernetes ';

/**
 * The worker's name in histories and among a Task Queue's pollers in Temporal. It names the Kubernetes cluster, and the
 * key with which the worker encrypts.
 */
export function workerIdentity(uid: string | undefined, keyId?: string): string {
  const name = `${process.pid}@${hostname()}${keyMark(keyId)}`;
  return uid === undefined ? name : `${name}${MARK}${uid}`;
}

/** @returns the identity of a worker of another cluster that is polling now. */
export function foreignAmong(pollers: readonly Poller[], uid: string, now: number): string | undefined {
  return polling(pollers, now).find((identity) => identity.includes(MARK) && !identity.endsWith(`${MARK}${uid}`));
}

/**
 * Where workers of two clusters poll one Task Queue, chance decides on which cluster a password changes. So the second
 * worker does not start.
 * @throws RotationError `AnotherKubernetes`.
 */
export async function refuseForeignWorkers(
  { workflowService }: Pick<NativeConnection, 'workflowService'>,
  { namespace, taskQueue }: TemporalTarget,
  uid: string,
): Promise<void> {
  const pollers = await pollersOf(workflowService, { namespace, taskQueue }).catch((error: unknown) => {
    // The account may be allowed to poll but not to list the pollers. A step on the wrong cluster is refused anyway.
    logger.warn({ reason: messageOf(error) }, 'the worker could not read who else polls the Task Queue');
    return [];
  });
  const foreign = foreignAmong(pollers, uid, Date.now());
  if (foreign === undefined) return;
  throw new RotationError(
    'AnotherKubernetes',
    `Task Queue "${taskQueue}" is polled by a worker of another Kubernetes cluster (${foreign}) within the last ${SEEN_WITHIN_MS / 1_000} s, and this one is connected to cluster ${uid}. Give the workers of each cluster a Task Queue of their own by CNPG_ROTATOR_TASK_QUEUE, and the same one to whoever starts the rotations.`,
  );
}
