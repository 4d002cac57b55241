import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type InterruptSignal = (typeof SIGNALS)[number];

/** Whoever ran the command ended it with a signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: InterruptSignal;

  constructor(signal: InterruptSignal) {
    super(`Stopped by ${signal}.`);
    this.signal = signal;
  }
}

/** A shell's convention: 128 and the signal's number, so that a script can tell an interrupt from a failure. */
export function exitCodeOf(error: unknown): number {
  return error instanceof Interrupted ? 128 + constants.signals[error.signal] : 1;
}

/**
 * Runs work that cleans up after itself when its signal fires, as an interrupt of this process makes it do. Further
 * interrupts do not cut the clean-up short. Work that ended by an interrupt throws Interrupted, whatever it met then.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (name: NodeJS.Signals) => {
    controller.abort(new Interrupted(name as InterruptSignal));
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    controller.signal.throwIfAborted();
    throw error;
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
  }
}
