import { CommanderError, type Command } from 'commander';
import { describeError } from './errors.ts';
import { exitCodeOf } from './interrupt.ts';

export interface Ends {
  /** The exit code of a wrong command line. */
  readonly usage: number;
  /** The exit code of every other error; default: that of an interrupt, else 1. */
  readonly exitCode?: (error: unknown) => number;
  /** The colour of an error's message; default: none. */
  readonly colour?: (message: string) => string;
}

/** Runs a program of the command line, and ends this process. An error's message goes to stderr. */
export async function runProgram(
  program: Command,
  { usage, exitCode = exitCodeOf, colour = (message) => message }: Ends,
): Promise<never> {
  // A terminal that is closed takes stderr with it; the clean-up that its SIGHUP began has to go on.
  process.stderr.on('error', () => undefined);
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : usage;
    } else {
      process.stderr.write(`${colour(describeError(error))}\n`);
      process.exitCode = exitCode(error);
    }
  }
  // The clean-up is over; neither Temporal's client nor a pipe of a program that has ended must hold the command.
  process.exit();
}
