import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { aborted } from '../common/aborted.ts';
import { CLUSTERS, type ClusterChoice } from '../open-cluster.ts';
import { createProgress } from '../common/progress.ts';
import { exitCodeOf, interruptible } from '../common/interrupt.ts';
import { runProgram } from '../common/run-program.ts';
import { BadWorld, filesOf, loadWorld, WORLDS, type LoadedWorld } from './load.ts';
import { resultText, summary } from './print.ts';
import { isFine, playAll, type WorldResult } from './run.ts';

/** `npm run world`. The result goes to stdout, all else to stderr. */

const HELP = `
Without a file all of test/worlds/ are played. docs/worlds.md explains what a file says, and how to send one.

Exit codes: 0 every world came out as its file expects; 1 one did not, or the run failed; 2 wrong command line, or a
file that is no world; 130 Ctrl-C.`;

const EXIT = { asExpected: 0, notSo: 1, usage: 2 } as const;

interface Options {
  readonly cluster: ClusterChoice;
  readonly concurrency: number;
  readonly output: 'text' | 'json';
  readonly keep?: true;
  readonly slow?: true;
  readonly quick?: true;
}

const program = new Command('world')
  .description('Plays worlds: Kubernetes objects and other actors from files, and what has to come out of them.')
  .usage('[-- options] [files or folders…]')
  .argument('[files...]', 'files of worlds, or folders of them')
  .addOption(
    new Option('--cluster <which>', 'the embedded sandbox, or the real one that is up')
      .choices(CLUSTERS)
      .default('embedded'),
  )
  .option('-c, --concurrency <n>', 'worlds that are played at once', toConcurrency, 3)
  .option('--quick', 'only those that are part of npm test')
  .option('--slow', 'also those that take minutes; one that is named is always played')
  .option('--keep', 'leave everything up after the last world, to look around; Ctrl-C ends')
  .addOption(
    new Option('-o, --output <format>', 'form of the result on stdout').choices(['text', 'json']).default('text'),
  )
  .addHelpText('after', HELP)
  .helpOption('-h, --help', 'show this help')
  .showHelpAfterError('(see npm run world -- --help)')
  .exitOverride()
  .action(async (files: readonly string[], options: Options) => {
    const worlds = choose(files, options);
    const results = await interruptible((signal) => play(worlds, options, signal));
    process.exitCode = results.every(isFine) ? EXIT.asExpected : EXIT.notSo;
  });

function choose(files: readonly string[], { quick, slow }: Options): readonly LoadedWorld[] {
  const worlds = [...new Set(filesOf(files.length === 0 ? [WORLDS] : files))].map(loadWorld);
  if (quick === true) return worlds.filter((world) => world.quick);
  return worlds.filter((world) => !world.slow || slow === true || files.includes(world.file));
}

async function play(
  worlds: readonly LoadedWorld[],
  { cluster, concurrency, output, keep }: Options,
  signal: AbortSignal,
): Promise<readonly WorldResult[]> {
  // Loaded where it is used: it is most of the program's start.
  const { openStage } = await import('./stage.ts');
  const progress = createProgress();
  if (worlds.some(({ git, unplayable }) => git !== undefined && unplayable === undefined)) {
    const { prepareTools, useTools } = await import('../gitops/tools.ts');
    await prepareTools(signal, (text) => progress.say(text));
    useTools();
  }
  const stage = await openStage(cluster, worlds, progress, signal);
  try {
    const results = await playAll(stage, worlds, {
      ...{ concurrency, signal, keep: keep === true },
      ended: (result) => progress.say(resultText(result)),
    });
    process.stdout.write(output === 'json' ? `${JSON.stringify(results, undefined, 2)}\n` : `${summary(results)}\n`);
    if (keep === true) {
      progress.say(`Everything stays up until Ctrl-C. Web UI: ${pc.cyan(stage.temporal.webUi)}. In another terminal:`);
      progress.say(`  export KUBECONFIG=${stage.kubeconfig} TEMPORAL_ADDRESS=${stage.temporal.address}`);
      await aborted(signal);
    }
    return results;
  } finally {
    await stage.close();
  }
}

function toConcurrency(text: string): number {
  if (!/^[1-8]$/.test(text)) throw new InvalidArgumentError('It must be a number from 1 to 8.');
  return Number(text);
}

await runProgram(program, {
  usage: EXIT.usage,
  exitCode: (error) => (error instanceof BadWorld ? EXIT.usage : exitCodeOf(error)),
  colour: pc.red,
});
