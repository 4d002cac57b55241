/** How the embedded cluster behaves where a real one would differ from run to run. Each may be changed at any time. */
export interface Behaviour {
  /** CNPG applies a changed Secret so long after it was seen, in milliseconds. Default 300, as measured on a real one. */
  syncDelayMs: number;
  /** A new pod is ready so long after its start at the earliest, in milliseconds. Default 1000: enough to be seen. */
  readyAfterMs: number;
  /** New pods of these workloads never become ready. */
  readonly neverReady: Set<string>;
  /** Reloader reacts so long after a Secret's change, in milliseconds. */
  reloaderDelayMs: number;
  /** Whoever keeps copies of a Secret reacts so long after its change, in milliseconds. */
  copyDelayMs: number;
}

export function usualBehaviour(): Behaviour {
  return { syncDelayMs: 300, readyAfterMs: 1_000, neverReady: new Set(), reloaderDelayMs: 50, copyDelayMs: 300 };
}
