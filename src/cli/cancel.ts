import type { Command } from 'commander';
import { cancelWorkflow } from '../client/cancel.ts';
import { addKindOptions, argumentsOf, named, type KindOptions } from './kinds.ts';
import { say } from './say.ts';
import { withTemporal } from './with-temporal.ts';

const UNDOES = {
  rotation: 'The previous password is brought back, where it was changed.',
  adoption: 'What the adoption did is taken back, as far as nobody uses it yet.',
  batch: 'Its running rotations bring their previous passwords back. No other starts.',
} as const;

export function addCancelCommand(program: Command): void {
  const command = program
    .command('cancel')
    .description('end a rotation, an adoption or a batch that runs, and undo what it did');
  addKindOptions(command).action((component: string | undefined, options: KindOptions) => {
    const one = named(component, options);
    return withTemporal(async ({ client }) => {
      await cancelWorkflow(client, one.workflowId);
      say(`The ${one.kind} is cancelled. ${UNDOES[one.kind]}`);
      say(`Follow it with "cnpg-rotate follow ${argumentsOf(one)}".`);
    });
  });
}
