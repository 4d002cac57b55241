import type { Command } from 'commander';
import pc from 'picocolors';
import { addStackOptions, say, startStack, type StackOptions } from './stack.ts';

export function addUpCommand(program: Command): void {
  const command = program
    .command('up')
    .description(
      'run the worker on the current kubeconfig context, with a Temporal server of its own unless TEMPORAL_ADDRESS is set',
    );
  addStackOptions(command).action(up);
}

async function up(options: StackOptions): Promise<void> {
  const stack = await startStack(options);
  say(`Rotate with ${pc.cyan('cnpg-rotate rotate litellm')} in another terminal. Ctrl-C stops.`);
  try {
    await stack.ended;
    say('Stopped. A rotation that was running goes on at the next "cnpg-rotate up".');
  } finally {
    await stack.stop();
  }
}
