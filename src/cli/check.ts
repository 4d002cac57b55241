import { Option, type Command } from 'commander';
import { checkComponents } from '../client/check.ts';
import { EXIT } from './exit-codes.ts';
import { checkText, mayRotate } from './print-check.ts';
import { print } from './print-report.ts';
import { strictOption } from './rotation-options.ts';
import { addLocalOptions, type LocalOptions } from './stack-options.ts';
import { withTemporal } from './with-temporal.ts';

const CHECK_FORMATS = ['text', 'json'] as const;

interface CheckOptions extends LocalOptions {
  readonly output: (typeof CHECK_FORMATS)[number];
  readonly strict?: true;
}

export function addCheckCommand(program: Command): void {
  const command = program
    .command('check')
    .description('say what would keep a rotation from ending well, and how to mend it; changes nothing')
    .argument('[components...]', 'components of the catalogue; all of it when none is named')
    .addOption(
      new Option('-o, --output <format>', 'form of the findings on stdout').choices(CHECK_FORMATS).default('text'),
    )
    .addOption(strictOption())
    .addHelpText(
      'after',
      '\nExit codes: 0 every component may be rotated; 1 something blocks, or could not be checked.',
    );
  addLocalOptions(command, 'check').action((components: readonly string[], options: CheckOptions) =>
    withTemporal(async ({ client, taskQueue }) => {
      const result = await checkComponents(client, taskQueue, components, options.strict);
      print(result, options.output, { text: checkText, markdown: checkText });
      process.exitCode = mayRotate(result) ? EXIT.done : EXIT.failed;
    }, options),
  );
}
