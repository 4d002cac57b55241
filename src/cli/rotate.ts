import type { Client } from '@temporalio/client';
import { Option, type Command } from 'commander';
import { connectClient } from '../client/connect.ts';
import { followRotation } from '../client/follow.ts';
import { rotationWorkflowId } from '../client/ids.ts';
import { startRotation, type RotationHandle } from '../client/rotate.ts';
import { TASK_QUEUE } from '../config.ts';
import type { Outcome } from '../domain/rotation.ts';
import { temporalTarget } from '../temporal.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { OUTPUT_FORMATS, printReport, type OutputFormat } from './print-report.ts';
import { TerminalProgress } from './progress.ts';

interface FollowOptions {
  readonly output: OutputFormat;
}

interface RotateOptions extends FollowOptions {
  readonly reason?: string;
  readonly detach?: true;
}

export function addRotateCommands(program: Command): void {
  const output = (): Option =>
    new Option('-o, --output <format>', 'form of the report on stdout').choices(OUTPUT_FORMATS).default('text');
  program
    .command('rotate')
    .description('change the password of one component, and follow it to its end')
    .argument('<component>', 'a component of the catalogue, such as litellm')
    .option('-r, --reason <text>', 'why; goes into the report')
    .option('-d, --detach', 'start it and do not follow it')
    .addOption(output())
    .action(rotate);
  program
    .command('follow')
    .description('follow a rotation that runs, or show the last one')
    .argument('<component>', 'the component that is rotated')
    .addOption(output())
    .action(async (component: string, options: FollowOptions) => {
      const client = await connectClient(temporalTarget());
      await follow(client, client.workflow.getHandle(rotationWorkflowId(component)), component, options);
    });
}

async function rotate(component: string, { reason, detach, output }: RotateOptions): Promise<void> {
  const client = await connectClient(temporalTarget());
  const handle = await startRotation(client, TASK_QUEUE, { component, ...(reason !== undefined && { reason }) });
  if (detach === true) {
    const started = { workflowId: handle.workflowId, component };
    process.stdout.write(
      output === 'json' ? `${JSON.stringify(started)}\n` : `Started workflow ${handle.workflowId}.\n`,
    );
    return;
  }
  await follow(client, handle, component, { output });
}

async function follow(
  client: Client,
  handle: RotationHandle,
  component: string,
  { output }: FollowOptions,
): Promise<void> {
  const progress = new TerminalProgress(output === 'json');
  process.once('SIGINT', () => {
    progress.stop();
    process.stderr.write(
      `\nThe rotation goes on. Follow it with "cnpg-rotate follow ${component}"; undo it with "temporal workflow cancel -w ${handle.workflowId}".\n`,
    );
    process.exit(EXIT.detached);
  });
  try {
    const report = await followRotation(client, handle, progress);
    progress.progress(report);
    progress.stop();
    printReport(report, output);
    process.exitCode = exitCodeOf(report.outcome);
  } finally {
    progress.stop();
    await client.connection.close();
  }
}

function exitCodeOf(outcome: Outcome | 'running'): number {
  switch (outcome) {
    case 'rotated':
      return EXIT.done;
    case 'needs-attention':
      return EXIT.needsAttention;
    case 'unchanged':
    case 'rolled-back':
      return EXIT.failed;
    case 'running':
      throw new CommandError('The rotation is still running.', EXIT.failed);
  }
}
