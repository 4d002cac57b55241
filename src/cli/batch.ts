import Table from 'cli-table3';
import { InvalidArgumentError, Option, type Command } from 'commander';
import pc from 'picocolors';
import { awaitBatchReport, startBatch } from '../client/batch.ts';
import { connectClient } from '../client/connect.ts';
import { follow, type Follower } from '../client/follow.ts';
import { TASK_QUEUE } from '../config.ts';
import type { BatchReport } from '../domain/batch.ts';
import { temporalTarget } from '../temporal.ts';
import { EXIT } from './exit-codes.ts';
import { OUTPUT_FORMATS, type OutputFormat } from './print-report.ts';
import { say } from './say.ts';

interface BatchOptions {
  readonly concurrency: number;
  readonly stopAfterFailures?: number;
  readonly canary?: string;
  readonly reason?: string;
  readonly endOldSessions?: true;
  readonly output: OutputFormat;
}

export function addBatchCommand(program: Command): void {
  program
    .command('batch')
    .description('change the passwords of several components, and follow them to their end')
    .argument('[components...]', 'which; default: the whole catalogue')
    .option('-c, --concurrency <n>', 'how many rotate at once', parseCount, 2)
    .option('--stop-after-failures <n>', 'start no further one after so many failures', parseCount)
    .option('--canary <component>', 'goes first and alone; when it fails no other one is started')
    .option('-r, --reason <text>', 'why; goes into the reports')
    .option('--end-old-sessions', 'end the sessions that logged in with the old passwords')
    .addOption(
      new Option('-o, --output <format>', 'form of the report on stdout').choices(OUTPUT_FORMATS).default('text'),
    )
    .action(batch);
}

async function batch(components: readonly string[], { output, ...options }: BatchOptions): Promise<void> {
  const client = await connectClient(temporalTarget());
  const handle = await startBatch(client, TASK_QUEUE, {
    ...options,
    ...(components.length > 0 && { components: [...components] }),
  });
  process.once('SIGINT', () => {
    say(`\nThe batch goes on. Undo what runs with "temporal workflow cancel -w ${handle.workflowId}".`);
    process.exit(EXIT.detached);
  });
  try {
    const report = await follow(client, handle, () => awaitBatchReport(handle), new BatchProgress(output === 'json'));
    process.stdout.write(`${output === 'json' ? JSON.stringify(report, undefined, 2) : batchText(report)}\n`);
    process.exitCode = exitCodeOf(report);
  } finally {
    await client.connection.close();
  }
}

/** A line on stderr for each component that begins or ends. */
class BatchProgress implements Follower<BatchReport> {
  readonly #seen = new Map<string, string>();

  constructor(private readonly quiet: boolean) {}

  progress({ components }: BatchReport): void {
    for (const { component, outcome, seconds } of components) {
      if (this.quiet || outcome === 'waiting' || this.#seen.get(component) === outcome) continue;
      this.#seen.set(component, outcome);
      say(`${component.padEnd(16)} ${paint(outcome)}${seconds === undefined ? '' : ` in ${seconds.toFixed(1)} s`}`);
    }
  }

  noAnswer(): void {
    if (this.quiet || this.#seen.has('')) return;
    this.#seen.set('', '');
    say('No worker answers. The batch waits for one: start it with "cnpg-rotate up".');
  }
}

function batchText({ outcome, seconds = 0, components }: BatchReport): string {
  const table = new Table({
    head: ['component', 'outcome', 'time', 'cause'],
    style: { head: [], border: [] },
    colWidths: [18, 18, 10, 68],
    wordWrap: true,
  });
  for (const { component, outcome: its, seconds: took, cause } of components) {
    table.push([
      component,
      its,
      took === undefined ? '' : `${took.toFixed(1)} s`,
      cause === undefined ? '' : `${cause.type}: ${cause.message}`,
    ]);
  }
  return [table.toString(), `${pc.bold('batch')}: ${paint(outcome)} in ${seconds.toFixed(1)} s`].join('\n');
}

function paint(outcome: string): string {
  if (outcome === 'running' || outcome === 'not-started') return outcome;
  return outcome === 'rotated' ? pc.green(outcome) : pc.red(outcome);
}

function exitCodeOf({ outcome, components }: BatchReport): number {
  if (outcome === 'rotated') return EXIT.done;
  return components.some((entry) => entry.outcome === 'needs-attention') ? EXIT.needsAttention : EXIT.failed;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('It must be a whole number from 1.');
}
