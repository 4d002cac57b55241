import type { Client } from '@temporalio/client';

/** Between two looks at a running rotation, in milliseconds. */
const LOOK_EVERY_MS = 500;
/** A query that no worker answers is given up after so long, in milliseconds. */
const QUERY_TIMEOUT_MS = 2_000;

/** What a handle of a workflow with the query `progress` can do. */
interface Queryable {
  query<Report>(name: string): Promise<Report>;
}

export interface Follower<Report> {
  /** Called with each new state. */
  progress(report: Report): void;
  /** Called when nobody has answered for a while; the rotation itself waits, it is not lost. */
  noAnswer(): void;
}

/** Shows a rotation or a batch while it runs. @returns its report at the end. */
export async function follow<Report>(
  client: Client,
  handle: Queryable,
  awaitEnd: () => Promise<Report>,
  follower: Follower<Report>,
): Promise<Report> {
  let over = false;
  const end = awaitEnd().finally(() => (over = true));
  // Handled where it is awaited, below.
  end.catch(() => undefined);
  const isOver = (): boolean => over;
  while (!isOver()) {
    const report = await client
      .withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query<Report>('progress'))
      .catch(() => undefined);
    if (report !== undefined) follower.progress(report);
    else if (!isOver()) follower.noAnswer();
    await Promise.race([end.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
  }
  return end;
}
