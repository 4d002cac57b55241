import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError } from '../common/errors.ts';

export interface Waiting {
  /** What is awaited, as it is to stand in "gave up waiting until …". */
  readonly until: string;
  readonly seconds: number;
  /** Default 250: short against every wait here, and cheap. */
  readonly everyMs?: number;
  readonly log?: string;
  readonly signal: AbortSignal;
}

/**
 * Observes until `observe` returns a value, which it hands on. While it returns undefined or throws, the wait goes on;
 * a SandboxError ends it at once, because it says that waiting is of no use.
 */
export async function waitUntil<T>(waiting: Waiting, observe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + waiting.seconds * 1000;
  let last: unknown;
  for (;;) {
    waiting.signal.throwIfAborted();
    try {
      const seen = await observe();
      if (seen !== undefined) return seen;
      last = undefined;
    } catch (error) {
      if (error instanceof SandboxError) throw error;
      last = error;
    }
    if (Date.now() > deadline) {
      const why = last instanceof Error ? ` Last error: ${last.message}` : '';
      throw new SandboxError(`Gave up after ${waiting.seconds} s of waiting until ${waiting.until}.${why}`, {
        log: waiting.log,
        cause: last,
      });
    }
    // An abort ends the sleep early; its reason is thrown at the top of the loop.
    await sleep(waiting.everyMs ?? 250, undefined, { signal: waiting.signal }).catch(() => undefined);
  }
}
