import { temporalTarget, type TemporalTarget } from '../temporal.ts';
import type { StackOptions } from './stack-options.ts';
import type { Stack } from './stack.ts';

export interface LocalOptions extends StackOptions {
  /** Run a worker, and a Temporal server unless one is configured, for this command alone. */
  readonly local?: true;
}

/** Runs a command on the configured Temporal server, or with --local on a stack of its own that ends with it. */
export async function withTemporal(
  options: LocalOptions,
  run: (target: TemporalTarget, stack?: Stack) => Promise<void>,
): Promise<void> {
  if (options.local !== true) return run(temporalTarget());
  // Loaded where it is used: the worker is most of the program's start.
  const { startStack } = await import('./stack.ts');
  const stack = await startStack(options);
  try {
    await run(stack.target, stack);
  } finally {
    await stack.stop();
  }
}
