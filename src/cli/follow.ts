import type { Command } from 'commander';
import { followRotation, type RotationHandle } from '../client/rotate.ts';
import { rotationArguments, rotationWorkflowId } from '../domain/rotation/workflow-ids.ts';
import { exitCodeOf } from './exit-codes.ts';
import { followToEnd } from './follow-to-end.ts';
import { outputOption, printReport, type OutputFormat } from './print-report.ts';
import { TerminalProgress } from './progress.ts';
import { workflowIdOption } from './rotation-options.ts';
import { withTemporal, type Session } from './with-temporal.ts';

interface FollowOptions {
  readonly output: OutputFormat;
  readonly workflowId?: string;
}

export function addFollowCommand(program: Command): void {
  program
    .command('follow')
    .description('follow a rotation that runs, or show the last one')
    .argument('<component>', 'the component that is rotated')
    .addOption(workflowIdOption())
    .addOption(outputOption())
    .action((component: string, { output, workflowId = rotationWorkflowId(component) }: FollowOptions) =>
      withTemporal((session) => follow(session, session.client.workflow.getHandle(workflowId), component, output)),
    );
}

export function follow(
  { client, stopping }: Session,
  handle: RotationHandle,
  component: string,
  output: OutputFormat,
): Promise<void> {
  const display = new TerminalProgress(output === 'json');
  const rotation = rotationArguments(component, handle.workflowId);
  return followToEnd({
    display,
    report: followRotation(client, handle, display),
    goesOn: `The rotation goes on. Follow it with "cnpg-rotate follow ${rotation}"; undo it with "cnpg-rotate abort ${rotation}".`,
    stopping,
    print: (report) => printReport(report, output),
    exitCodeOf: ({ outcome, leftBehind = [] }) =>
      exitCodeOf(outcome === 'rotated', [outcome], outcome === 'rotated' && leftBehind.length > 0),
  });
}
