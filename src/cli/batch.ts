import type { Command } from 'commander';
import { startBatch } from '../client/batch.ts';
import { connectClient } from '../client/connect.ts';
import { followBatch } from '../client/follow.ts';
import { MAX_CONCURRENCY, type BatchReport } from '../domain/batch/batch.ts';
import { MAX_APPROVAL_SECONDS } from '../domain/budgets.ts';
import { temporalTarget } from '../temporal/target.ts';
import { BatchProgress } from './batch-progress.ts';
import { EXIT } from './exit-codes.ts';
import { countUpTo } from './count-up-to.ts';
import { plainTextUpTo } from './plain-text.ts';
import { printBatch } from './print-batch.ts';
import { outputOption, type OutputFormat } from './print-report.ts';
import { say } from './say.ts';
import { startedBy } from './user.ts';

interface BatchOptions {
  readonly concurrency?: number;
  readonly stopAfterFailures?: number;
  readonly canary?: string;
  readonly reason?: string;
  readonly endOldSessions?: true;
  readonly requireApproval?: true;
  readonly approvalTimeout?: number;
  readonly output: OutputFormat;
}

export function addBatchCommand(program: Command): void {
  program
    .command('batch')
    .description('change the passwords of several components, some at once')
    .argument('[component...]', 'components of the catalogue; default: all of them')
    .option('-c, --concurrency <n>', 'rotations that run at once, 1 to 50 (default: 2)', countUpTo(MAX_CONCURRENCY))
    .option(
      '--stop-after-failures <n>',
      'start no further rotation after so many failures (default: never)',
      countUpTo(Infinity),
    )
    .option('--canary <component>', 'goes first and alone; when it fails no other starts')
    .option('-r, --reason <text>', 'why; goes into the reports', plainTextUpTo(500))
    .option('--end-old-sessions', 'end the sessions that logged in with the old passwords')
    .option('--require-approval', 'each rotation waits for "cnpg-rotate approve" before anything is changed')
    .option(
      '--approval-timeout <seconds>',
      'how long each waits for it (default: 24 hours)',
      countUpTo(MAX_APPROVAL_SECONDS),
    )
    .addOption(outputOption())
    .action(batch);
}

async function batch(
  components: readonly string[],
  { output, approvalTimeout, ...options }: BatchOptions,
): Promise<void> {
  const target = temporalTarget();
  const client = await connectClient(target);
  const progress = new BatchProgress(output === 'json');
  try {
    const handle = await startBatch(client, target.taskQueue, {
      ...(components.length > 0 && { components: [...components] }),
      ...options,
      approvalTimeoutSeconds: approvalTimeout,
      startedBy: startedBy(),
    });
    process.once('SIGINT', () => {
      say(`\nThe batch goes on. Undo what runs of it with "temporal workflow cancel -w ${handle.workflowId}".`);
      process.exit(EXIT.detached);
    });
    if (options.requireApproval === true) say('Each rotation waits for "cnpg-rotate approve <component>".');
    const report = await followBatch(client, handle, progress);
    progress.progress(report);
    printBatch(report, output);
    process.exitCode = exitCodeOf(report);
  } finally {
    await client.connection.close();
  }
}

function exitCodeOf({ outcome, components }: BatchReport): number {
  if (outcome === 'rotated') return EXIT.done;
  return components.some((result) => result.outcome === 'needs-attention') ? EXIT.needsAttention : EXIT.failed;
}
