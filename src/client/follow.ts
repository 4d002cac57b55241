import type { Client } from '@temporalio/client';
import type { RotationReport } from '../domain/rotation.ts';
import { awaitReport, type RotationHandle } from './rotate.ts';

/** Between two looks at a running rotation, in milliseconds. */
const LOOK_EVERY_MS = 500;
/** A query that no worker answers is given up after so long, in milliseconds. */
const QUERY_TIMEOUT_MS = 2_000;

export interface Follower {
  /** Called with each new state of the rotation. */
  progress(report: RotationReport): void;
  /** Called when nobody has answered for a while; the rotation itself waits, it is not lost. */
  noAnswer(): void;
}

/** Shows a rotation while it runs. @returns its report at the end. */
export async function followRotation(
  client: Client,
  handle: RotationHandle,
  follower: Follower,
): Promise<RotationReport> {
  let over = false;
  const end = awaitReport(handle).finally(() => (over = true));
  // Handled where it is awaited, below.
  end.catch(() => undefined);
  const isOver = (): boolean => over;
  while (!isOver()) {
    const report = await client
      .withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query<RotationReport>('progress'))
      .catch(() => undefined);
    if (report !== undefined) follower.progress(report);
    else if (!isOver()) follower.noAnswer();
    await Promise.race([end.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
  }
  return end;
}
