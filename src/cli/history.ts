import { InvalidArgumentError, Option, type Command } from 'commander';
import { runningNow, runsOf } from '../client/history.ts';
import type { LastRun } from '../domain/status.ts';
import { historyTable } from './print-status.ts';
import { print } from './print-report.ts';
import { withTemporal } from './with-temporal.ts';

const FORMATS = ['text', 'json'] as const;

interface HistoryOptions {
  readonly output: (typeof FORMATS)[number];
  readonly limit: number;
}

const output = (): Option => new Option('-o, --output <format>', 'form on stdout').choices(FORMATS).default('text');

export function addHistoryCommand(program: Command): void {
  program
    .command('history')
    .description('list the rotations and adoptions of a component that Temporal still keeps, newest first')
    .argument('<component>', 'a component of the catalogue, such as litellm')
    .option('-l, --limit <n>', 'how many at most', toCount, 20)
    .addOption(output())
    .action((component: string, { output: format, limit }: HistoryOptions) =>
      withTemporal(async ({ client }) => printRuns(await runsOf(client, component, limit), format)),
    );
}

export function addListCommand(program: Command): void {
  program
    .command('list')
    .description('list the rotations, adoptions and batches that run now')
    .addOption(output())
    .action(({ output: format }: HistoryOptions) =>
      withTemporal(async ({ client }) => printRuns(await runningNow(client), format)),
    );
}

function printRuns(runs: readonly LastRun[], format: HistoryOptions['output']): void {
  const text = (some: readonly LastRun[]): string => (some.length === 0 ? 'none' : historyTable(some, new Date()));
  print(runs, format, { text, markdown: text });
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('must be a whole number from 1 on.');
  return count;
}
