import type { Command } from 'commander';
import { startBatch } from '../client/batch.ts';
import { refuseUnknown } from '../client/known-components.ts';
import { MAX_CONCURRENCY } from '../domain/batch/batch.ts';
import { countUpTo } from './count-up-to.ts';
import { followBatchToEnd } from './follow-batch.ts';
import { sayStarted } from './kinds.ts';
import { outputOption, type OutputFormat } from './print-report.ts';
import { addRotationOptions, detachOption, rotationInput, type RotationOptions } from './rotation-options.ts';
import { say } from './say.ts';
import { withTemporal, type Session } from './with-temporal.ts';

interface BatchOptions extends RotationOptions {
  readonly concurrency?: number;
  readonly stopAfterFailures?: number;
  readonly canary?: string;
  readonly detach?: true;
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
    .addOption(detachOption())
    .action((components: readonly string[], options: BatchOptions) =>
      withTemporal((session) => batch(components, options, session)),
    );
}

async function batch(components: readonly string[], options: BatchOptions, session: Session): Promise<void> {
  const { concurrency, stopAfterFailures, canary, detach, output } = options;
  const { client, taskQueue } = session;
  await refuseUnknown(client, taskQueue, [...components, ...(canary === undefined ? [] : [canary])]);
  const handle = await startBatch(client, taskQueue, {
    components: components.length > 0 ? [...components] : undefined,
    concurrency,
    stopAfterFailures,
    canary,
    ...rotationInput(options),
  });
  if (options.requireApproval === true) say('Each rotation waits for "cnpg-rotate approve <component>".');
  if (detach !== true) return followBatchToEnd(session, handle, output);
  sayStarted({ kind: 'batch', workflowId: handle.workflowId, component: '' }, output);
}
