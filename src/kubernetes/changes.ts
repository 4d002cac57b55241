import { Watch } from '@kubernetes/client-node';
import type { KubernetesConnection } from './connection.ts';

/** The pause before a broken watch is opened again, in milliseconds. */
const REOPEN_AFTER_MS = 300;

/**
 * The watch starts from the API server's cache. Without this version, the server first makes sure that its cache is the
 * newest. This takes some seconds, or fails where etcd does not report its progress (before 3.4.25).
 */
const ANY_VERSION = '0';

/** What to watch: a collection's path and a selector, as the API takes them. */
export interface Watched {
  readonly path: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/**
 * Reports that something may have changed, so that a waiting step looks again at once. It carries no state: a broken
 * watch or a missed event costs one more look and nothing else.
 */
export class Changes {
  #dirty = false;
  #wake: (() => void) | undefined;
  #closed = false;
  readonly #open = new Set<AbortController>();

  constructor(connection: KubernetesConnection, watched: readonly Watched[]) {
    for (const one of watched) void this.#follow(new Watch(connection.kubeConfig), one);
  }

  /** Ends when something changed since the last call, when the time is over, or at once when `signal` is aborted. */
  async next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#dirty && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          // A step waits many times on one signal, so each wait must remove its listener.
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, timeoutMs);
        signal.addEventListener('abort', end, { once: true });
        this.#wake = end;
      });
    }
    this.#dirty = false;
    this.#wake = undefined;
  }

  close(): void {
    this.#closed = true;
    for (const controller of this.#open) controller.abort();
    this.#open.clear();
  }

  #changed(): void {
    this.#dirty = true;
    this.#wake?.();
  }

  async #follow(watch: Watch, { path, fieldSelector, labelSelector }: Watched): Promise<void> {
    while (!this.#closed) {
      await new Promise<void>((resolve) => {
        watch
          .watch(
            path,
            { fieldSelector, labelSelector, resourceVersion: ANY_VERSION },
            () => this.#changed(),
            () => resolve(),
          )
          .then(
            (controller) => {
              if (this.#closed) controller.abort();
              else this.#open.add(controller);
            },
            () => resolve(),
          );
      });
      if (this.isClosed()) return;
      await new Promise((resolve) => setTimeout(resolve, REOPEN_AFTER_MS));
    }
  }

  private isClosed(): boolean {
    return this.#closed;
  }
}
