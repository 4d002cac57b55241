import type { Command } from 'commander';
import { startAdoption } from '../client/adopt.ts';
import { refuseUnknown } from '../client/known-components.ts';
import { followAdoptionToEnd } from './follow-adoption.ts';
import { sayStarted } from './kinds.ts';
import { outputOption, type OutputFormat } from './print-report.ts';
import { detachOption, reasonOption } from './rotation-options.ts';
import { addLocalOptions, type LocalOptions } from './stack-options.ts';
import { startedBy } from './user.ts';
import { withTemporal, type Session } from './with-temporal.ts';

interface AdoptOptions extends LocalOptions {
  readonly dryRun?: true;
  readonly undo?: true;
  readonly ownerSecret?: string;
  readonly endOldSessions?: true;
  readonly reason?: string;
  readonly detach?: true;
  readonly output: OutputFormat;
}

export function addAdoptCommand(program: Command): void {
  const command = program
    .command('adopt')
    .description(
      'give one component two login roles that take turns, so that a rotation refuses nobody; or take them back',
    )
    .argument('<component>', 'a component of the catalogue, such as litellm')
    .option('-n, --dry-run', 'say what would be done and what Git has to follow; changes nothing')
    .option('--undo', 'go back: the owner logs in again, and the login roles are dropped')
    .option('--owner-secret <name>', "the Secret of the owner's password for CNPG (default: <component>-owner-role)")
    .option('--end-old-sessions', 'end the sessions of the old role that do not end by themselves')
    .addOption(reasonOption())
    .addOption(outputOption())
    .addOption(detachOption().conflicts('dryRun'))
    .addHelpText(
      'after',
      '\nExit codes: 0 done, or with --dry-run nothing is in the way; 1 refused, failed or rolled back; 3 needs attention.',
    );
  addLocalOptions(command, 'adoption').action((component: string, options: AdoptOptions) =>
    withTemporal((session) => adopt(component, options, session), options),
  );
}

async function adopt(component: string, options: AdoptOptions, session: Session): Promise<void> {
  const { dryRun, undo, ownerSecret, endOldSessions, reason, detach, output } = options;
  const { client, taskQueue } = session;
  await refuseUnknown(client, taskQueue, [component]);
  const input = { component, startedBy: startedBy(), dryRun, undo, ownerSecret, endOldSessions, reason };
  const handle = await startAdoption(client, taskQueue, input);
  if (detach !== true)
    return followAdoptionToEnd(session, handle, component, output, output === 'json' || dryRun === true);
  sayStarted({ kind: 'adoption', workflowId: handle.workflowId, component }, output);
}
