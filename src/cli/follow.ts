import type { Command } from 'commander';
import type { AdoptionHandle } from '../client/adopt.ts';
import type { BatchHandle } from '../client/batch.ts';
import { followRotation, type RotationHandle } from '../client/rotate.ts';
import { exitCodeOf } from './exit-codes.ts';
import { followAdoptionToEnd } from './follow-adoption.ts';
import { followBatchToEnd } from './follow-batch.ts';
import { followToEnd } from './follow-to-end.ts';
import { addKindOptions, goesOn, named, type KindOptions } from './kinds.ts';
import { outputOption, printReport, type OutputFormat } from './print-report.ts';
import { TerminalProgress } from './progress.ts';
import { withTemporal, type Session } from './with-temporal.ts';

interface FollowOptions extends KindOptions {
  readonly output: OutputFormat;
}

export function addFollowCommand(program: Command): void {
  const command = program
    .command('follow')
    .description('follow a rotation, an adoption or a batch that runs, or show the last one');
  addKindOptions(command)
    .addOption(outputOption())
    .action((component: string | undefined, { output, ...options }: FollowOptions) => {
      const one = named(component, options);
      return withTemporal((session) => {
        const handle = session.client.workflow.getHandle(one.workflowId);
        if (one.kind === 'batch') return followBatchToEnd(session, handle as BatchHandle, output);
        if (one.kind === 'adoption')
          return followAdoptionToEnd(session, handle as AdoptionHandle, one.component, output);
        return followRotationToEnd(session, handle as RotationHandle, one.component, output);
      });
    });
}

export function followRotationToEnd(
  { client, stopping }: Session,
  handle: RotationHandle,
  component: string,
  output: OutputFormat,
): Promise<void> {
  const display = new TerminalProgress(output === 'json');
  return followToEnd({
    display,
    report: followRotation(client, handle, display),
    goesOn: goesOn({ kind: 'rotation', workflowId: handle.workflowId, component }),
    stopping,
    print: (report) => printReport(report, output),
    exitCodeOf: ({ outcome, leftBehind = [] }) =>
      exitCodeOf(outcome === 'rotated', [outcome], outcome === 'rotated' && leftBehind.length > 0),
  });
}
