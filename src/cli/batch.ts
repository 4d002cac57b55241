import type { Command } from 'commander';
import { followBatch, startBatch } from '../client/batch.ts';
import { MAX_CONCURRENCY } from '../domain/batch/batch.ts';
import { BatchProgress } from './batch-progress.ts';
import { countUpTo } from './count-up-to.ts';
import { exitCodeOf } from './exit-codes.ts';
import { followToEnd } from './follow-to-end.ts';
import { printBatch } from './print-batch.ts';
import { outputOption, type OutputFormat } from './print-report.ts';
import { addRotationOptions, rotationInput, type RotationOptions } from './rotation-options.ts';
import { isQuiet, say } from './say.ts';
import { withTemporal, type Session } from './with-temporal.ts';

interface BatchOptions extends RotationOptions {
  readonly concurrency?: number;
  readonly stopAfterFailures?: number;
  readonly canary?: string;
  readonly output: OutputFormat;
}

export function addBatchCommand(program: Command): void {
  const command = program
    .command('batch')
    .description('change the passwords of several components, some at once')
    .argument('[component...]', 'components of the catalogue; default: all of them')
    .option('-c, --concurrency <n>', 'rotations that run at once, 1 to 50 (default: 2)', countUpTo(MAX_CONCURRENCY))
    .option(
      '--stop-after-failures <n>',
      'start no further rotation after so many failures (default: never)',
      countUpTo(Infinity),
    )
    .option('--canary <component>', 'goes first and alone; when it fails no other starts');
  addRotationOptions(command)
    .addOption(outputOption())
    .action((components: readonly string[], options: BatchOptions) =>
      withTemporal((session) => batch(components, options, session)),
    );
}

async function batch(
  components: readonly string[],
  options: BatchOptions,
  { client, taskQueue, stopping }: Session,
): Promise<void> {
  const { concurrency, stopAfterFailures, canary, output } = options;
  const display = new BatchProgress(output === 'json' || isQuiet());
  const handle = await startBatch(client, taskQueue, {
    components: components.length > 0 ? [...components] : undefined,
    concurrency,
    stopAfterFailures,
    canary,
    ...rotationInput(options),
  });
  if (options.requireApproval === true) say('Each rotation waits for "cnpg-rotate approve <component>".');
  await followToEnd({
    display,
    report: followBatch(client, handle, display),
    goesOn: `The batch goes on. Undo what runs of it with "temporal workflow cancel -w ${handle.workflowId}".`,
    stopping,
    print: (report) => printBatch(report, output),
    exitCodeOf: (report) => {
      const outcomes = report.components.map(({ outcome }) => outcome);
      const leavesBehind = report.components.some(({ leftBehind }) => leftBehind !== undefined);
      return exitCodeOf(report.outcome === 'rotated', outcomes, leavesBehind);
    },
  });
}
