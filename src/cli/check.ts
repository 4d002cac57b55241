import { Option, type Command } from 'commander';
import { checkComponents } from '../client/check.ts';
import { connectClient } from '../client/connect.ts';
import type { TemporalTarget } from '../temporal/target.ts';
import { EXIT } from './exit-codes.ts';
import { checkText, mayRotate } from './print-check.ts';
import { print } from './print-report.ts';
import { addStackOptions } from './stack-options.ts';
import { withTemporal, type LocalOptions } from './with-temporal.ts';

const CHECK_FORMATS = ['text', 'json'] as const;

interface CheckOptions extends LocalOptions {
  readonly output: (typeof CHECK_FORMATS)[number];
}

export function addCheckCommand(program: Command): void {
  const command = program
    .command('check')
    .description('say what would keep a rotation from ending well, and how to mend it; changes nothing')
    .argument('[components...]', 'components of the catalogue; all of it when none is named')
    .addOption(
      new Option('-o, --output <format>', 'form of the findings on stdout').choices(CHECK_FORMATS).default('text'),
    )
    .option('-l, --local', 'run a worker (and a Temporal server, unless TEMPORAL_ADDRESS is set) for this check')
    .addHelpText(
      'after',
      '\nExit codes: 0 every component may be rotated; 1 something blocks, or could not be checked.',
    );
  addStackOptions(command.optionsGroup('With --local:')).action(check);
}

function check(components: readonly string[], options: CheckOptions): Promise<void> {
  return withTemporal(options, (target) => checkAndPrint(components, options, target));
}

async function checkAndPrint(
  components: readonly string[],
  { output }: CheckOptions,
  target: TemporalTarget,
): Promise<void> {
  const client = await connectClient(target);
  try {
    const result = await checkComponents(client, target.taskQueue, components);
    print(result, output, { text: checkText, markdown: checkText });
    process.exitCode = mayRotate(result) ? EXIT.done : EXIT.failed;
  } finally {
    await client.connection.close();
  }
}
