import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { readStatus } from '../client/status.ts';
import { needsAttention, type ComponentStatus } from '../domain/status.ts';
import { EXIT } from './exit-codes.ts';
import { namesText, statusTable, yamlText } from './print-status.ts';
import { print } from './print-report.ts';
import { addLocalOptions, type LocalOptions } from './stack-options.ts';
import { withTemporal } from './with-temporal.ts';

const FORMATS = ['text', 'wide', 'json', 'yaml', 'name'] as const;
const WATCH_MS = 5_000;

interface StatusOptions extends LocalOptions {
  readonly output: (typeof FORMATS)[number];
  readonly watch?: true;
}

export function addStatusCommand(program: Command): void {
  const command = program
    .command('status')
    .description('say how each component stands: who logs in, how old the password is, how the last rotation ended')
    .argument('[components...]', 'components of the catalogue; all of it when none is named')
    .addOption(new Option('-o, --output <format>', 'form on stdout').choices(FORMATS).default('text'))
    .option('-w, --watch', 'print again whenever something has changed, until Ctrl-C')
    .addHelpText(
      'after',
      '\nExit codes: 0 nobody has to do anything; 3 a component needs attention or could not be read.',
    );
  addLocalOptions(command, 'look').action((components: readonly string[], options: StatusOptions) =>
    withTemporal(async ({ client, taskQueue, stopping }) => {
      let printed = '';
      do {
        const found = await readStatus(client, taskQueue, components);
        // The ages change all the time. They are no news.
        const news = JSON.stringify(found);
        if (news !== printed) printStatus(found, options.output);
        printed = news;
        process.exitCode = found.some(needsAttention) ? EXIT.needsAttention : EXIT.done;
        if (options.watch) await sleep(WATCH_MS, undefined, stopping && { signal: stopping }).catch(() => undefined);
      } while (options.watch && stopping?.aborted !== true);
    }, options),
  );
}

function printStatus(found: readonly ComponentStatus[], format: StatusOptions['output']): void {
  if (format === 'yaml' || format === 'name') {
    process.stdout.write(`${format === 'yaml' ? yamlText(found).trimEnd() : namesText(found)}\n`);
    return;
  }
  const text = (some: readonly ComponentStatus[]): string => statusTable(some, new Date(), format === 'wide');
  print(found, format === 'json' ? 'json' : 'text', { text, markdown: text });
}
