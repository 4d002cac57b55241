import type { Client, WorkflowHandle } from '@temporalio/client';
import type { BatchReport } from '../domain/batch.ts';
import type { RotationReport } from '../domain/rotation.ts';
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

/** What is also told of a batch: how far its running rotations are. */
export interface BatchFollower extends Follower<BatchReport> {
  /** Called again and again with the state of each rotation that runs. */
  rotation(report: RotationReport): void;
}

/** Shows a batch and its running rotations. @returns its report at the end. */
export function followBatch(client: Client, handle: BatchHandle, follower: BatchFollower): Promise<BatchReport> {
  return followWorkflow(client, handle, awaitBatchReport(handle), {
    noAnswer: () => follower.noAnswer(),
    progress: async (report) => {
      await follower.progress(report);
      const running = report.components.filter(({ outcome }) => outcome === 'running');
      await Promise.all(
        running.map(async ({ workflowId }) => {
          const rotation = await look<RotationReport>(client, client.workflow.getHandle(workflowId));
          if (rotation?.workflowId === workflowId) follower.rotation(rotation);
        }),
      );
    },
  });
}

function look<Report>(client: Client, handle: Pick<WorkflowHandle, 'query'>): Promise<Report | undefined> {
  return client
    .withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query<Report>('progress'))
    .catch(() => undefined);
}
