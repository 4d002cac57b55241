import { EXIT } from './exit-codes.ts';
import { say } from './say.ts';

/**
 * Lets go of what is followed at Ctrl-C: it goes on without us.
 * @param stopping where the worker is ours, and the program ends with it.
 */
export function detachOnInterrupt(progress: { stop(): void }, goesOn: string, stopping: AbortSignal | undefined): void {
  if (stopping !== undefined) {
    stopping.addEventListener('abort', () => progress.stop());
    return;
  }
  process.once('SIGINT', () => {
    progress.stop();
    say(`\n${goesOn}`);
    process.exit(EXIT.detached);
  });
}
