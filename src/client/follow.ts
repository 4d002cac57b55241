import type { Client, WorkflowHandle } from '@temporalio/client';
import type { BatchReport } from '../domain/batch/batch.ts';
import type { RotationReport } from '../domain/rotation/report.ts';
import { awaitBatchReport, type BatchHandle } from './batch.ts';
import { awaitReport, type RotationHandle } from './rotate.ts';

/** Between two looks at a running rotation, in milliseconds. */
const LOOK_EVERY_MS = 500;
/** A query that no worker answers is given up after so long, in milliseconds. */
const QUERY_TIMEOUT_MS = 2_000;

export interface Follower<Report = RotationReport> {
  /** Called with each new state of the workflow. */
  progress(report: Report): void | Promise<void>;
  /** Called when nobody has answered for a while; the workflow itself waits, it is not lost. */
  noAnswer(): void;
}

/** Shows a rotation while it runs. @returns its report at the end. */
export function followRotation(client: Client, handle: RotationHandle, follower: Follower): Promise<RotationReport> {
  return followWorkflow(client, handle, awaitReport(handle), follower);
}

/** Shows a workflow's `progress` until it has ended. @returns what `ending` brings. */
export async function followWorkflow<Report>(
  client: Client,
  handle: Pick<WorkflowHandle, 'query'>,
  ending: Promise<Report>,
  follower: Follower<Report>,
): Promise<Report> {
  let over = false;
  const end = ending.finally(() => (over = true));
  // Handled where it is awaited, below.
  end.catch(() => undefined);
  const isOver = (): boolean => over;
  while (!isOver()) {
    const report = await look<Report>(client, handle);
    if (report !== undefined) await follower.progress(report);
    else if (!isOver()) follower.noAnswer();
    await Promise.race([end.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
  }
  return end;
}

/** What is also told of a batch: how far its rotations are. */
export interface BatchFollower extends Follower<BatchReport> {
  /** Called again and again with the state of each rotation that runs, the last time before the batch tells its end. */
  rotation(report: RotationReport): void;
}

/** Shows a batch and its rotations. @returns its report at the end. */
export async function followBatch(client: Client, handle: BatchHandle, follower: BatchFollower): Promise<BatchReport> {
  const seenRunning = new Set<string>();
  const tell = (workflowIds: readonly string[]): Promise<unknown> =>
    Promise.all(
      workflowIds.map(async (workflowId) => {
        const rotation = await look<RotationReport>(client, client.workflow.getHandle(workflowId));
        if (rotation?.workflowId === workflowId) follower.rotation(rotation);
      }),
    );
  // Between two looks a rotation takes its last steps and ends: they are told once more.
  const tellEnds = async ({ components }: BatchReport): Promise<readonly string[]> => {
    const running = components.filter(({ outcome }) => outcome === 'running').map(({ workflowId }) => workflowId);
    const ended = [...seenRunning].filter((workflowId) => !running.includes(workflowId));
    for (const workflowId of ended) seenRunning.delete(workflowId);
    await tell(ended);
    return running;
  };
  const report = await followWorkflow(client, handle, awaitBatchReport(handle), {
    noAnswer: () => follower.noAnswer(),
    progress: async (seen) => {
      const running = await tellEnds(seen);
      await follower.progress(seen);
      for (const workflowId of running) seenRunning.add(workflowId);
      await tell(running);
    },
  });
  await tellEnds(report);
  return report;
}

function look<Report>(client: Client, handle: Pick<WorkflowHandle, 'query'>): Promise<Report | undefined> {
  return client
    .withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query<Report>('progress'))
    .catch(() => undefined);
}
