/** How long an answer may take, and what ends the wait sooner. */
export interface HookLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** So much of an answer is read. Its first line is the reason. */
export const KEPT_BYTES = 16 * 1024;
