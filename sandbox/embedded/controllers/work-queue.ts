const BACKOFF_MS = { first: 100, longest: 30_000 };

/**
 * The queue of a controller: it works on one key after the other, on a key that was named several times meanwhile once,
 * and again later on one that failed.
 */
export class WorkQueue {
  readonly #waiting = new Map<string, { readonly timer: NodeJS.Timeout; readonly due: number }>();
  readonly #ready = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #feeds: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly work: (key: string) => Promise<void> | void,
    private readonly failed: (key: string, error: unknown) => void = () => undefined,
  ) {}

  /** @param feeds end the subscriptions that add keys; the queue ends them when it is closed. */
  fedBy(...feeds: readonly (() => void)[]): void {
    this.#feeds.push(...feeds);
  }

  /** @param afterMs an earlier time that the key waits for already stays. */
  add(key: string, afterMs = 0): void {
    if (this.#closed || this.#ready.has(key)) return;
    if (afterMs > 0) {
      const due = Date.now() + afterMs;
      const known = this.#waiting.get(key);
      if (known !== undefined && known.due <= due) return;
      clearTimeout(known?.timer);
      const timer = setTimeout(() => this.add(key), afterMs);
      this.#waiting.set(key, { timer, due });
      return;
    }
    clearTimeout(this.#waiting.get(key)?.timer);
    this.#waiting.delete(key);
    this.#ready.add(key);
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const unsubscribe of this.#feeds) unsubscribe();
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#ready.clear();
    await this.#running;
  }

  async #run(): Promise<void> {
    // Whoever adds a key is not interrupted by the work on it.
    await Promise.resolve();
    for (let [key] = this.#ready; key !== undefined; [key] = this.#ready) {
      this.#ready.delete(key);
      try {
        await this.work(key);
        this.#failures.delete(key);
      } catch (error) {
        if (this.#isClosed()) return;
        const failures = this.#failures.get(key) ?? 0;
        this.#failures.set(key, failures + 1);
        this.failed(key, error);
        this.add(key, Math.min(BACKOFF_MS.first * 2 ** failures, BACKOFF_MS.longest));
      }
    }
  }

  #isClosed(): boolean {
    return this.#closed;
  }
}
