import { followBatch, type BatchHandle } from '../client/batch.ts';
import { BatchProgress } from './batch-progress.ts';
import { exitCodeOf } from './exit-codes.ts';
import { followToEnd } from './follow-to-end.ts';
import { goesOn } from './kinds.ts';
import { printBatch } from './print-batch.ts';
import type { OutputFormat } from './print-report.ts';
import { isQuiet } from './say.ts';
import type { Session } from './with-temporal.ts';

export function followBatchToEnd(
  { client, stopping }: Session,
  handle: BatchHandle,
  output: OutputFormat,
): Promise<void> {
  const display = new BatchProgress(output === 'json' || isQuiet());
  return followToEnd({
    display,
    report: followBatch(client, handle, display),
    goesOn: goesOn({ kind: 'batch', workflowId: handle.workflowId, component: '' }),
    stopping,
    print: (report) => printBatch(report, output),
    exitCodeOf: (report) => {
      const outcomes = report.components.map(({ outcome }) => outcome);
      const leavesBehind = report.components.some(({ leftBehind }) => leftBehind !== undefined);
      return exitCodeOf(report.outcome === 'rotated', outcomes, leavesBehind);
    },
  });
}
