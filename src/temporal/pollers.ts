import type { WorkflowService } from '@temporalio/client';

/** A worker asks for work at least this often. A worker that was not seen for longer has ended. */
export const SEEN_WITHIN_MS = 90_000;

export interface Poller {
  readonly identity: string;
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
}

/** Who polls a Task Queue, or did lately. @throws the server's error: an account may not be allowed to ask. */
export async function pollersOf(
  service: Pick<WorkflowService, 'describeTaskQueue'>,
  { namespace, taskQueue }: { readonly namespace: string; readonly taskQueue: string },
): Promise<readonly Poller[]> {
  const { pollers } = await service.describeTaskQueue({ namespace, taskQueue: { name: taskQueue } });
  return pollers.map(({ identity, lastAccessTime }) => ({
    identity: identity ?? '',
    seenAt: Number(lastAccessTime?.seconds ?? 0) * 1_000,
  }));
}

/** The identities of the workers that are polling now. */
export function polling(pollers: readonly Poller[], now: number): readonly string[] {
  return pollers.filter(({ seenAt }) => now - seenAt < SEEN_WITHIN_MS).map(({ identity }) => identity);
}
