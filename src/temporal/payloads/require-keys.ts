import type { WorkflowService } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { RotationError, messageOf } from '../../domain/failures.ts';
import { logger } from '../../log.ts';
import { pollersOf, polling } from '../pollers.ts';
import type { TemporalTarget } from '../target.ts';
import { keyAbsent, keyIdOf } from './encryption-codec.ts';
import { keyInMark } from './key-mark.ts';

/** So many running workflows are looked at, and so many events of each one. */
const WORKFLOWS = 20;
const EVENTS = 50;

type Service = Pick<WorkflowService, 'describeTaskQueue' | 'listWorkflowExecutions' | 'getWorkflowExecutionHistory'>;

/**
 * Before a command or a worker starts anything. A workflow that a command starts without the workers' key would run,
 * and the command could not read how it goes.
 * @throws RotationError `PayloadUnreadable` where a worker of the Task Queue encrypts with a key that is not here.
 */
export async function requireKeysOfWorkers(
  service: Pick<Service, 'describeTaskQueue'>,
  target: TemporalTarget,
): Promise<void> {
  // An account may not be allowed to list the pollers. Then the first payload says what is missing.
  const pollers = await pollersOf(service, target).catch(() => []);
  for (const identity of polling(pollers, Date.now())) refuseUnknown(keyInMark(identity), target);
}

/**
 * Before a worker takes work: the workers that encrypted may all have gone, and their workflows go on.
 * @throws RotationError `PayloadUnreadable` where a running workflow's history needs a key that is not here.
 */
export async function requireKeysOfRunning(service: Service, target: TemporalTarget): Promise<void> {
  const { namespace, taskQueue } = target;
  const query = `ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`;
  try {
    const { executions } = await service.listWorkflowExecutions({ namespace, query, pageSize: WORKFLOWS });
    for (const { execution } of executions) {
      const { history } = await service.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId: execution?.workflowId, runId: execution?.runId },
        maximumPageSize: EVENTS,
      });
      for (const id of keyIdsIn(history)) refuseUnknown(id, target);
    }
  } catch (error) {
    if (error instanceof RotationError) throw error;
    logger.warn({ reason: messageOf(error) }, 'the worker could not read which keys the running workflows need');
  }
}

function refuseUnknown(id: string | undefined, { payloadKeys = [] }: TemporalTarget): void {
  if (id !== undefined && !payloadKeys.some((key) => key.id === id)) throw keyAbsent(id, payloadKeys);
}

/** The ids of the keys of all payloads, wherever they stand in a message. */
function keyIdsIn(message: unknown): readonly string[] {
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return [];
  const id = 'metadata' in message ? keyIdOf(message as Payload) : undefined;
  return [...(id === undefined ? [] : [id]), ...Object.values(message).flatMap(keyIdsIn)];
}
