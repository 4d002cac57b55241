import type { Command } from 'commander';
import { approveRotation } from '../client/interventions.ts';
import { addIntervention } from './add-intervention.ts';
import { plainTextUpTo } from './plain-text.ts';
import { userName } from './user.ts';

export function addApproveCommand(program: Command): void {
  const command = program
    .command('approve')
    .description('let a rotation go on that was started with --require-approval')
    .argument('<component>', 'the component whose rotation waits')
    .option('--note <text>', 'a word on it; goes into the report', plainTextUpTo(500));
  addIntervention(command, (client, rotation, { note }) => approveRotation(client, rotation, { by: userName(), note }));
}
