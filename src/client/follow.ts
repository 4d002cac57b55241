import type { Client, WorkflowHandle } from '@temporalio/client';

/** The time between two looks at a running rotation, in milliseconds. */
const LOOK_EVERY_MS = 500;
/** The time limit of a query that no worker answers, in milliseconds. */
const QUERY_TIMEOUT_MS = 2_000;

export interface Follower<Report> {
  /** Called with each new state of the workflow. */
  progress(report: Report): void | Promise<void>;
  /** Called when no worker has answered for a while. The workflow itself waits and is not lost. */
  noAnswer(): void;
}

/** Shows a workflow's `progress` until the workflow has ended. @returns the result of `ending`. */
export async function followWorkflow<Report>(
  client: Client,
  handle: Pick<WorkflowHandle, 'query'>,
  ending: Promise<Report>,
  follower: Follower<Report>,
): Promise<Report> {
  let over = false;
  const end = ending.finally(() => (over = true));
  // The later `await` handles this error.
  end.catch(() => undefined);
  const isOver = (): boolean => over;
  while (!isOver()) {
    const report = await readProgress<Report>(client, handle);
    if (report !== undefined) await follower.progress(report);
    else if (!isOver()) follower.noAnswer();
    await Promise.race([end.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
  }
  return end;
}

/** A workflow's report of its progress; nothing when no worker answers. */
export function readProgress<Report>(
  client: Client,
  handle: Pick<WorkflowHandle, 'query'>,
): Promise<Report | undefined> {
  return client
    .withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query<Report>('progress'))
    .catch(() => undefined);
}
