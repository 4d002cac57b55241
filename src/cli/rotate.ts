import type { Client } from '@temporalio/client';
import { Option, type Command } from 'commander';
import { connectClient } from '../client/connect.ts';
import { followRotation } from '../client/follow.ts';
import { naming, rotationWorkflowId } from '../domain/rotation/workflow-ids.ts';
import { startRotation, type RotationHandle } from '../client/rotate.ts';
import { MAX_APPROVAL_SECONDS } from '../domain/budgets.ts';
import { STRATEGIES, type Strategy } from '../domain/component.ts';
import type { Outcome } from '../domain/rotation/report.ts';
import { temporalTarget, type TemporalTarget } from '../temporal/target.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { detachOnInterrupt } from './detach.ts';
import { countUpTo } from './count-up-to.ts';
import { plainTextUpTo } from './plain-text.ts';
import { outputOption, printReport, type OutputFormat } from './print-report.ts';
import { TerminalProgress } from './progress.ts';
import { addStackOptions } from './stack-options.ts';
import { startedBy } from './user.ts';
import { withTemporal, type LocalOptions } from './with-temporal.ts';

interface FollowOptions {
  readonly output: OutputFormat;
  readonly workflowId?: string;
}

interface RotateOptions extends LocalOptions {
  readonly output: OutputFormat;
  readonly strategy?: Strategy;
  readonly reason?: string;
  readonly endOldSessions?: true;
  readonly requireApproval?: true;
  readonly approvalTimeout?: number;
  readonly detach?: true;
}

export function addRotateCommands(program: Command): void {
  const rotateCommand = program
    .command('rotate')
    .description('change the password of one component, and follow it to its end')
    .argument('<component>', 'a component of the catalogue, such as litellm')
    .addOption(new Option('-s, --strategy <name>', 'instead of the one that the catalogue says').choices(STRATEGIES))
    .option('-r, --reason <text>', 'why; goes into the report', plainTextUpTo(500))
    .option('--end-old-sessions', 'end the sessions that logged in with the old password')
    .option('--require-approval', 'wait for "cnpg-rotate approve" before anything is changed')
    .option(
      '--approval-timeout <seconds>',
      'how long to wait for it (default: 24 hours)',
      countUpTo(MAX_APPROVAL_SECONDS),
    )
    .addOption(outputOption())
    .addOption(new Option('-d, --detach', 'start it and do not follow it').conflicts('local'))
    .option('-l, --local', 'run a worker (and a Temporal server, unless TEMPORAL_ADDRESS is set) for this rotation');
  addStackOptions(rotateCommand.optionsGroup('With --local:')).action(rotate);
  program
    .command('follow')
    .description('follow a rotation that runs, or show the last one')
    .argument('<component>', 'the component that is rotated')
    .option('--workflow-id <id>', 'its Workflow Id, when it was started under one of its own')
    .addOption(outputOption())
    .action(async (component: string, { output, workflowId = rotationWorkflowId(component) }: FollowOptions) => {
      const client = await connectClient(temporalTarget());
      await follow(client, client.workflow.getHandle(workflowId), component, output);
    });
}

function rotate(component: string, options: RotateOptions): Promise<void> {
  return withTemporal(options, (target, stopping) => start(component, options, target, stopping));
}

async function start(
  component: string,
  { strategy, reason, endOldSessions, requireApproval, approvalTimeout, detach, output }: RotateOptions,
  target: TemporalTarget,
  stopping?: AbortSignal,
): Promise<void> {
  const client = await connectClient(target);
  const handle = await startRotation(client, target.taskQueue, {
    component,
    startedBy: startedBy(),
    strategy,
    reason,
    ...(requireApproval === true && { requireApproval }),
    approvalTimeoutSeconds: approvalTimeout,
    ...(endOldSessions === true && { endOldSessions }),
  });
  if (detach !== true) return follow(client, handle, component, output, stopping);
  const started = { workflowId: handle.workflowId, component };
  process.stdout.write(output === 'json' ? `${JSON.stringify(started)}\n` : `Started workflow ${handle.workflowId}.\n`);
  await client.connection.close();
}

async function follow(
  client: Client,
  handle: RotationHandle,
  component: string,
  output: OutputFormat,
  stopping?: AbortSignal,
): Promise<void> {
  const progress = new TerminalProgress(output === 'json');
  const named = naming(component, handle.workflowId);
  detachOnInterrupt(
    progress,
    `The rotation goes on. Follow it with "cnpg-rotate follow ${named}"; undo it with "cnpg-rotate abort ${named}".`,
    stopping,
  );
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
