import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type Client, type Workflow, type WorkflowStartOptions } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import { RotationError } from '../domain/failures.ts';

/** A worker's poll lasts a minute. One that polled earlier is gone. */
const SEEN_WITHIN_MS = 70_000;
/** A worker that starts beside the command is seen within this time. */
const LOOK_FOR_MS = 4_000;
const LOOK_AGAIN_MS = 500;

/** A workflow that changes nothing and that a person waits for. */
interface Look<T extends Workflow> {
  readonly type: string;
  readonly workflowId: string;
  readonly args: WorkflowStartOptions<T>['args'];
  /** A look that takes longer is given up: no worker has taken it. */
  readonly giveUpAfter: '5 seconds' | '20 seconds' | '2 minutes';
  readonly summary: string;
  /** `The check failed`. */
  readonly failed: string;
}

/**
 * Runs a look on a worker.
 * @throws RotationError `WorkerAbsent` where no worker polls, or none answers in time; else the look's own failure.
 */
export async function lookByWorker<T extends Workflow>(client: Client, taskQueue: string, look: Look<T>) {
  await requireWorker(client, taskQueue);
  const { type, workflowId, args, giveUpAfter, summary, failed } = look;
  try {
    return await client.workflow.execute<T>(type, {
      taskQueue,
      workflowId,
      args,
      workflowExecutionTimeout: giveUpAfter,
      staticSummary: summary,
    } as WorkflowStartOptions<T>);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (error.cause instanceof TimeoutFailure) {
      throw new RotationError(
        'WorkerAbsent',
        `Nobody answered within ${giveUpAfter} on Task Queue "${taskQueue}": is a worker running there? Start one with "cnpg-rotate up", or add --local.`,
      );
    }
    throw RotationError.from(error, () => `${failed}: ${error.cause?.message ?? error.message}`);
  }
}

/**
 * Before a look that only a worker can do: without one it would wait for minutes. A server that does not list the
 * pollers is no reason to give up.
 * @throws RotationError `WorkerAbsent`.
 */
async function requireWorker(client: Client, taskQueue: string): Promise<void> {
  const until = Date.now() + LOOK_FOR_MS;
  for (;;) {
    const pollers = await pollersOf(client, taskQueue);
    if (pollers === undefined || pollers.some((seenAt) => Date.now() - seenAt < SEEN_WITHIN_MS)) return;
    if (Date.now() > until) break;
    await sleep(LOOK_AGAIN_MS);
  }
  throw new RotationError(
    'WorkerAbsent',
    `No worker has polled Task Queue "${taskQueue}" in the last ${SEEN_WITHIN_MS / 1_000} s. Start one with "cnpg-rotate up", or add --local.`,
  );
}

/** When each poller last polled, in milliseconds since 1970; undefined where the server does not say. */
async function pollersOf(client: Client, taskQueue: string): Promise<readonly number[] | undefined> {
  try {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: taskQueue },
    });
    return pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000);
  } catch {
    return undefined;
  }
}
