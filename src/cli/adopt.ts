import { Option, type Command } from 'commander';
import { followAdoption, startAdoption } from '../client/adopt.ts';
import { connectClient } from '../client/connect.ts';
import type { AdoptionReport } from '../domain/adopt/index.ts';
import { blocks } from '../domain/finding.ts';
import { timelineMarkdown } from '../domain/rotation/timeline.ts';
import { adoptionWorkflowId } from '../domain/rotation/workflow-ids.ts';
import type { TemporalTarget } from '../temporal/target.ts';
import { detachOnInterrupt } from './detach.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { plainTextUpTo } from './plain-text.ts';
import { adoptionText } from './print-adoption.ts';
import { outputOption, print, type OutputFormat } from './print-report.ts';
import { TerminalProgress } from './progress.ts';
import { addStackOptions } from './stack-options.ts';
import { startedBy } from './user.ts';
import { withTemporal, type LocalOptions } from './with-temporal.ts';

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
    .option('-r, --reason <text>', 'why; goes into the report', plainTextUpTo(500))
    .addOption(outputOption())
    .addOption(
      new Option(
        '-l, --local',
        'run a worker (and a Temporal server, unless TEMPORAL_ADDRESS is set) for this adoption',
      ),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 done, or with --dry-run nothing is in the way; 1 refused, failed or rolled back; 3 needs attention.',
    );
  addStackOptions(command.optionsGroup('With --local:')).action(adopt);
}

function adopt(component: string, options: AdoptOptions): Promise<void> {
  return withTemporal(options, (target, stopping) => startAndFollow(component, options, target, stopping));
}

async function startAndFollow(
  component: string,
  { dryRun, undo, ownerSecret, endOldSessions, reason, output }: AdoptOptions,
  target: TemporalTarget,
  stopping?: AbortSignal,
): Promise<void> {
  const client = await connectClient(target);
  const progress = new TerminalProgress(output === 'json' || dryRun === true, 'The adoption');
  const workflowId = adoptionWorkflowId(component);
  detachOnInterrupt(
    progress,
    `The adoption goes on. Look at it with "temporal workflow query --type progress -w ${workflowId}"; undo it with "temporal workflow cancel -w ${workflowId}".`,
    stopping,
  );
  try {
    const handle = await startAdoption(client, target.taskQueue, {
      component,
      startedBy: startedBy(),
      ...(dryRun === true && { dryRun }),
      ...(undo === true && { undo }),
      ownerSecret,
      ...(endOldSessions === true && { endOldSessions }),
      reason,
    });
    const report = await followAdoption(client, handle, progress);
    progress.progress(report);
    progress.stop();
    print(report, output, { text: adoptionText, markdown: timelineMarkdown });
    process.exitCode = exitCodeOf(report);
  } finally {
    progress.stop();
    await client.connection.close();
  }
}

function exitCodeOf({ outcome, findings }: AdoptionReport): number {
  switch (outcome) {
    case 'adopted':
    case 'undone':
      return EXIT.done;
    case 'planned':
      return findings.some(blocks) ? EXIT.failed : EXIT.done;
    case 'needs-attention':
      return EXIT.needsAttention;
    case 'unchanged':
    case 'rolled-back':
      return EXIT.failed;
    case 'running':
      throw new CommandError('The adoption is still running.', EXIT.failed);
  }
}
