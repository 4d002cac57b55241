import type { Client } from '@temporalio/client';
import { connectClient } from '../client/connect.ts';
import { messageOf } from '../domain/failures.ts';
import { temporalTarget, type TemporalTarget } from '../temporal/target.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { say } from './say.ts';
import type { LocalOptions } from './stack-options.ts';
import type { Stack } from './stack.ts';

/** The connection that a command works with. */
export interface Session {
  readonly client: Client;
  readonly taskQueue: string;
  /** With --local: aborted before the program ends because its own worker ends. */
  readonly stopping?: AbortSignal;
}

/**
 * Runs a command on the configured Temporal server, or with --local on its own stack, which ends with the command. If
 * the stack ends first (Ctrl-C, SIGTERM, a worker that fails), the program ends: nobody would answer the command.
 */
export async function withTemporal(run: (session: Session) => Promise<void>, options?: LocalOptions): Promise<void> {
  if (options?.local !== true) {
    if (options?.context === undefined) return withClient(temporalTarget(), run);
    throw new CommandError(
      `--context is for a worker that --local starts. Without --local the worker that runs already decides the cluster: start that one with "cnpg-rotate up --context ${options.context}".`,
      EXIT.usage,
    );
  }
  // Loaded only here: loading the worker is most of the program's start.
  const { startStack } = await import('./stack.ts');
  const stack = await startStack(options, 'itself');
  const stopping = new AbortController();
  endEarly(stack, stopping);
  try {
    await withClient(stack.target, (session) => run({ ...session, stopping: stopping.signal }));
  } finally {
    // From here on the end of the stack is not too early.
    if (!stopping.signal.aborted) {
      stopping.abort();
      await stack.stop();
    }
  }
}

/**
 * The connection stays open until the program ends: a call to a server that went away, which the SDK tries again, would
 * throw where nobody can catch it.
 */
async function withClient(target: TemporalTarget, run: (session: Session) => Promise<void>): Promise<void> {
  await run({ client: await connectClient(target), taskQueue: target.taskQueue });
}

function endEarly(stack: Stack, stopping: AbortController): void {
  const end = async (message: string, exitCode: number): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    say(message);
    await stack.stop().catch(() => undefined);
    process.exit(exitCode);
  };
  const stopped = (): Promise<void> =>
    end('\nThe worker stops. What was running goes on at the next "cnpg-rotate up", to its end.', EXIT.detached);
  // Temporal's runtime stops the worker at the same signals. This line appears before the worker has stopped.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopped());
  void stack.ended.then(stopped, (error: unknown) => end(messageOf(error), EXIT.failed));
}
