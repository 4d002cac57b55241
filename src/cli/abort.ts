import type { Command } from 'commander';
import { abortRotation } from '../client/interventions.ts';
import { addIntervention } from './add-intervention.ts';
import { reasonOption } from './rotation-options.ts';

export function addAbortCommand(program: Command): void {
  const command = program
    .command('abort')
    .description('end a rotation that runs, and bring the previous password back where it was changed')
    .argument('<component>', 'the component whose rotation runs')
    .addOption(reasonOption());
  addIntervention(command, (client, rotation, { reason }) => abortRotation(client, rotation, { reason }));
}
