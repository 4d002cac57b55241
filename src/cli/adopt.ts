import type { Command } from 'commander';
import { followAdoption, startAdoption } from '../client/adopt.ts';
import type { AdoptionReport } from '../domain/adopt/index.ts';
import { blocks } from '../domain/finding.ts';
import { timelineMarkdown } from '../domain/rotation/timeline.ts';
import { exitCodeOf } from './exit-codes.ts';
import { followToEnd } from './follow-to-end.ts';
import { adoptionText } from './print-adoption.ts';
import { outputOption, print, type OutputFormat } from './print-report.ts';
import { TerminalProgress } from './progress.ts';
import { reasonOption } from './rotation-options.ts';
import { addLocalOptions, type LocalOptions } from './stack-options.ts';
import { startedBy } from './user.ts';
import { withTemporal, type Session } from './with-temporal.ts';

interface AdoptOptions extends LocalOptions {
  readonly dryRun?: true;
  readonly undo?: true;
  readonly ownerSecret?: string;
  readonly endOldSessions?: true;
  readonly reason?: string;
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
    .addHelpText(
      'after',
      '\nExit codes: 0 done, or with --dry-run nothing is in the way; 1 refused, failed or rolled back; 3 needs attention.',
    );
  addLocalOptions(command, 'adoption').action((component: string, options: AdoptOptions) =>
    withTemporal((session) => adopt(component, options, session), options),
  );
}

async function adopt(
  component: string,
  { dryRun, undo, ownerSecret, endOldSessions, reason, output }: AdoptOptions,
  { client, taskQueue, stopping }: Session,
): Promise<void> {
  const display = new TerminalProgress(output === 'json' || dryRun === true, 'The adoption');
  const input = { component, startedBy: startedBy(), dryRun, undo, ownerSecret, endOldSessions, reason };
  const handle = await startAdoption(client, taskQueue, input);
  await followToEnd({
    display,
    report: followAdoption(client, handle, display),
    goesOn: `The adoption goes on. Look at it with "temporal workflow query --type progress -w ${handle.workflowId}"; undo it with "temporal workflow cancel -w ${handle.workflowId}".`,
    stopping,
    print: (report) => print(report, output, { text: adoptionText, markdown: timelineMarkdown }),
    exitCodeOf: (report) => exitCodeOf(isDone(report), [report.outcome]),
  });
}

/** A dry run is done where no finding blocks. */
function isDone({ outcome, findings }: AdoptionReport): boolean {
  return outcome === 'planned' ? !findings.some(blocks) : outcome === 'adopted' || outcome === 'undone';
}
