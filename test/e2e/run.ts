import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { ensureBuilt } from '../../sandbox/common/built.ts';
import { describeError } from '../../sandbox/common/errors.ts';
import { down, status, up } from '../../sandbox/real/index.ts';
import { exitCodeOf, interruptible } from '../../sandbox/common/interrupt.ts';
import { parseCnpg, POSTGRES_MAJORS, type SandboxOptions } from '../../sandbox/common/options.ts';
import {
  failedAgain,
  filesToRepeat,
  readResults,
  summarize,
  withRepetition,
  type FileResult,
  type Results,
} from '../harness/results/results.ts';
import { ROOT } from '../../sandbox/harness/programs.ts';
import { ALL_VERSIONS, exactly, PILLARS } from '../harness/results/rounds.ts';

/** `npm run test:e2e`: files of tests on the real cluster; one that fails is run once more by itself on a fresh one. */

const GRACE_MS = 10_000;

/** A file that takes as long as all others together: run where it is named. */
const BY_NAME_ALONE = 'specification/interrupted';

interface Options {
  readonly pillars?: true;
  readonly allVersions?: true;
  readonly testNamePattern?: string;
}

const program = new Command('test:e2e')
  .description('Runs the end-to-end tests on the real sandbox. It starts one where none is up, and leaves it up.')
  .argument('[patterns...]', 'of the paths of files; without one, all')
  .option('--pillars', `only the files of ${Object.keys(PILLARS).join(', ')}`)
  .option('--all-versions', 'on clusters of its own, one with each CloudNativePG, which it ends')
  .option('-t, --testNamePattern <regex>', 'only tests with such a name')
  .action((patterns: string[], options: Options) =>
    interruptible(async (signal) => {
      await ensureBuilt(signal);
      const runs = options.allVersions
        ? await onAllVersions(options, signal)
        : [
            await onOne(
              [...patterns, ...(options.pillars ? Object.values(PILLARS).map(exactly) : [])],
              options,
              signal,
            ),
          ];
      const { lines, failed } = summarize(runs);
      process.stdout.write(`\n${lines.join('\n')}\n`);
      if (failed > 0) process.exitCode = 1;
    }),
  );

async function onAllVersions(options: Options, signal: AbortSignal): Promise<Results[]> {
  const runs: Results[] = [];
  try {
    for (const { cnpg, patterns } of ALL_VERSIONS) {
      await freshCluster({ cnpg }, signal);
      runs.push(await onOne(patterns, options, signal));
    }
  } finally {
    await down();
  }
  return runs;
}

/** Runs files on the cluster that is up. */
async function onOne(patterns: readonly string[], options: Options, signal: AbortSignal): Promise<Results> {
  const { cnpg, givenCnpg, postgresql, reloader, components } = (await status()) ?? (await up({}, { signal }));
  const same =
    givenCnpg === undefined
      ? { cnpg: parseCnpg(cnpg) }
      : { cnpgManager: givenCnpg.manager, cnpgManifest: givenCnpg.manifest };
  const name = `e2e-${cnpg}${postgresql === POSTGRES_MAJORS[0] ? '' : `-postgresql-${postgresql}`}`;
  let results: Results = { ...(await jest(patterns, options, signal)), name };
  for (const file of filesToRepeat(results.files)) {
    process.stdout.write(`\n${file.file} failed: once more by itself, on a fresh cluster.\n`);
    results = withRepetition(
      results,
      await repeat(file, { ...same, postgresql, reloader, components }, options, signal),
    );
  }
  const folder = path.join(ROOT, 'test-results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(results, undefined, 1)}\n`);
  return results;
}

async function repeat(
  first: FileResult,
  sandbox: SandboxOptions,
  options: Options,
  signal: AbortSignal,
): Promise<FileResult> {
  try {
    await freshCluster(sandbox, signal);
    const name = first.file.replace(/^test\//, '').replace(/\.test\.ts$/, '');
    const { files } = await jest([exactly(name)], options, signal);
    return files.find(({ file }) => file === first.file) ?? failedAgain(first, 'it was not run again');
  } catch (error) {
    signal.throwIfAborted();
    return failedAgain(first, describeError(error));
  }
}

async function freshCluster(options: SandboxOptions, signal: AbortSignal): Promise<void> {
  await down();
  signal.throwIfAborted();
  await up(options, { signal });
}

/** @throws where Jest ended without a result, or with a failure that is in no file. */
async function jest(patterns: readonly string[], { testNamePattern }: Options, signal: AbortSignal): Promise<Results> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cnpg-rotator-results-'));
  const record = path.join(folder, 'results.json');
  const named = testNamePattern === undefined ? [] : ['--testNamePattern', testNamePattern];
  const where = patterns.length === 0 ? [] : ['--testPathPatterns', ...patterns];
  const left = patterns.some((pattern) => pattern.includes(BY_NAME_ALONE))
    ? []
    : ['--testPathIgnorePatterns', BY_NAME_ALONE];
  try {
    const code = await inGroup(
      ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js']
        .concat(['--selectProjects', 'e2e', '--runInBand', '--forceExit'])
        .concat(named, where, left),
      { TEST_RESULTS: record },
      signal,
    );
    const results = readResults(record);
    if (code !== 0 && results.files.every(({ outcome }) => outcome === 'passed'))
      throw new Error(`Jest ended with ${code ?? 'a signal'}, and no test has failed.`);
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs Node.js in a process group of its own, so that an interrupt ends all that it started. @returns its exit code. */
function inGroup(args: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number | null> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const kill = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // All of it has ended.
    }
  };
  let forced: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    kill('SIGTERM');
    forced = setTimeout(() => kill('SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', interrupt);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      signal.removeEventListener('abort', interrupt);
      clearTimeout(forced);
      if (!signal.aborted) {
        resolve(code);
        return;
      }
      // What Jest had started may outlive it.
      kill('SIGKILL');
      reject(signal.reason as Error);
    });
  });
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exit(exitCodeOf(error));
}
