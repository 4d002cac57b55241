import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { countUpTo } from '../../src/cli/count-up-to.ts';
import { MAX_CONCURRENCY } from '../../src/domain/batch/batch.ts';
import { STRATEGIES } from '../../src/domain/component.ts';
import { interruptible } from '../common/interrupt.ts';
import { runProgram } from '../common/run-program.ts';
import { aborted } from '../common/aborted.ts';
import { ALL_COMPONENTS, SOURCES, parseComponentList, type DemoOptions } from './options.ts';
import { CLUSTERS } from '../open-cluster.ts';
import { reportTable } from './print.ts';
import type { DemoReport } from './report.ts';
import type { Stage } from './stage.ts';

/** `npm run demo`. The report goes to stdout, all else to stderr. */

const HELP = `
Everything runs in a temporary folder and on ports of its own, and has ended when the command has.

Exit codes: 0 every component was rotated, its new password is accepted and its old one refused; 1 not so, or the demo
failed; 2 wrong command line; 3 a component needs attention; 130 Ctrl-C.`;

const program = new Command('demo')
  .description(
    'Rotates the PostgreSQL passwords of four applications, before your eyes: real PostgreSQL, real applications, a real Temporal, and a simulated Kubernetes with CloudNativePG and Reloader.',
  )
  .usage('[-- options]')
  .addOption(
    new Option('--cluster <which>', 'the embedded one, or the real sandbox that is up')
      .choices(CLUSTERS)
      .default('embedded'),
  )
  .addOption(
    new Option('--components <names>', 'which of them, parted by commas')
      .argParser(parseComponentList)
      .default(ALL_COMPONENTS, 'all'),
  )
  .addOption(
    new Option(
      '--strategy <name>',
      'change the password of the role, or first give each component two roles that take turns: nobody is refused',
    )
      .choices(STRATEGIES)
      .default('in-place'),
  )
  .addOption(
    new Option(
      '--source <which>',
      'change the Secrets themselves, or a Git repository that Flux applies (SOPS and age)',
    )
      .choices(SOURCES)
      .default('kubernetes'),
  )
  .option('-c, --concurrency <n>', 'rotations that run at once', countUpTo(MAX_CONCURRENCY), 2)
  .option('--report <file>', 'also write the report there, as JSON')
  .option('--keep', 'stay up after the report, to look around; Ctrl-C ends')
  .addOption(
    new Option('-o, --output <format>', 'form of the report on stdout').choices(['text', 'json']).default('text'),
  )
  .addHelpText('after', HELP)
  .helpOption('-h, --help', 'show this help')
  .showHelpAfterError('(see npm run demo -- --help)')
  .exitOverride()
  .action(async (options: DemoOptions) => {
    // Loaded where it is used: it is most of the program's start.
    const { demo } = await import('./demo.ts');
    const report = await interruptible((signal) =>
      demo(options, signal, async (result, addresses) => {
        show(result, options);
        if (options.keep === true) await stay(addresses, signal);
      }),
    );
    process.exitCode = exitCode(report);
  });

function show(report: DemoReport, { output, report: file }: DemoOptions): void {
  const json = `${JSON.stringify(report, undefined, 2)}\n`;
  if (file !== undefined) writeFileSync(file, json);
  process.stdout.write(output === 'json' ? json : `${reportTable(report)}\n`);
}

async function stay({ webUi, temporal, kubeconfig }: Stage['addresses'], signal: AbortSignal): Promise<void> {
  const lines = [
    `Everything stays up until Ctrl-C. Web UI: ${pc.cyan(webUi)}. In another terminal:`,
    `  export KUBECONFIG=${kubeconfig} TEMPORAL_ADDRESS=${temporal}`,
    '  npx cnpg-rotate status                        # how each component stands',
    '  npx cnpg-rotate check litellm                 # what a rotation would do',
    '  npx cnpg-rotate rotate litellm                # once more, before your eyes',
    '  npx cnpg-rotate rotate litellm --require-approval --detach',
    '  npx cnpg-rotate approve litellm',
    '  npx cnpg-rotate history litellm',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  await aborted(signal);
}

function exitCode({ proven, components }: DemoReport): number {
  if (proven) return EXIT.done;
  return components.some(({ outcome }) => outcome === 'needs-attention') ? EXIT.needsAttention : EXIT.failed;
}

await runProgram(program, { usage: EXIT.usage, colour: pc.red });
