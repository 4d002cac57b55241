import type { Command } from 'commander';
import pc from 'picocolors';
import { temporalTarget, type TemporalTarget } from '../temporal/target.ts';
import { say } from './say.ts';
import { addStackOptions, type StackOptions } from './stack-options.ts';

export function addUpCommand(program: Command): void {
  const command = program
    .command('up')
    .description(
      'run the worker on the current kubeconfig context, with a Temporal server of its own unless TEMPORAL_ADDRESS is set',
    );
  addStackOptions(command).action(up);
}

async function up(options: StackOptions): Promise<void> {
  // Loaded only here: loading the worker is most of the program's start.
  const { startStack } = await import('./stack.ts');
  const stack = await startStack(options, 'everybody');
  say(
    `Rotate with ${pc.cyan(`${reaching(stack.target)}cnpg-rotate rotate litellm`)} in another terminal. Ctrl-C stops.`,
  );
  try {
    await stack.ended;
    say('Stopped. A rotation that was running goes on at the next "cnpg-rotate up".');
  } finally {
    await stack.stop();
  }
}

/** The setting with which another command reaches this server; empty where the command needs none. */
function reaching({ connection: { address } }: TemporalTarget): string {
  const ipv4 = (of: string): string => of.replace('localhost', '127.0.0.1');
  return ipv4(temporalTarget().connection.address) === ipv4(address) ? '' : `TEMPORAL_ADDRESS=${address} `;
}
