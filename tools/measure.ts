import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { cruise } from 'dependency-cruiser';
import { Command } from 'commander';
import { z } from 'zod';

/*
 * `npm run measure`: what the repository looks like in figures, to be held against those of another commit
 * (`git worktree add` makes a folder of one).
 */

const LONG_FILE = 200;
const SOURCES = ['src', 'sandbox', 'bench', 'test'];
const DUPLICATES = { version: '4.0.5', lines: 6, tokens: 40 };

interface Figures {
  readonly circles: number;
  readonly filesOfSrc: number;
  readonly linesOfSrc: number;
  readonly medianLinesOfSrc: number;
  readonly filesOver200LinesInSrc: number;
  readonly filesOver200LinesInAll: number;
  readonly wordsOfDocs: number;
  readonly duplicatedBlocks: number;
  readonly secondsOfNpmTest?: number;
}

function tracked(folder: string, patterns: readonly string[]): readonly string[] {
  const list = execFileSync('git', ['ls-files', '-z', ...patterns], { cwd: folder, encoding: 'utf8' });
  return list.split('\0').filter((file) => file !== '');
}

function linesOf(folder: string, file: string): number {
  return readFileSync(path.join(folder, file), 'utf8').split('\n').length - 1;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Groups of files that import each other in a circle, types included. */
async function countCircles(folder: string): Promise<number> {
  const { output } = await cruise(
    SOURCES,
    {
      baseDir: folder,
      doNotFollow: { path: 'node_modules' },
      includeOnly: `^(${SOURCES.join('|')})/`,
      tsPreCompilationDeps: true,
      ruleSet: { forbidden: [{ name: 'circle', severity: 'error', from: {}, to: { circular: true } }] },
      validate: true,
    },
    {},
  );
  if (typeof output === 'string') throw new Error('dependency-cruiser gave a text instead of its result.');
  const circles: Set<string>[] = [];
  for (const { cycle } of output.summary.violations) {
    const files = (cycle ?? []).map(({ name }) => name);
    const joined = circles.filter((circle) => files.some((file) => circle.has(file)));
    for (const circle of joined) circles.splice(circles.indexOf(circle), 1);
    circles.push(new Set([...files, ...joined.flatMap((circle) => [...circle])]));
  }
  return circles.length;
}

const duplicatesReport = z.object({ statistics: z.object({ total: z.object({ clones: z.number() }) }) });

/** Pairs of places that share six lines or more, by jscpd, which `npx` fetches. */
function countDuplicates(folder: string): number {
  const output = mkdtempSync(path.join(tmpdir(), 'cnpg-rotator-measure-'));
  try {
    const options = ['--reporters', 'json', '--output', output, '--silent', '--format', 'typescript'];
    const limits = ['--min-lines', `${DUPLICATES.lines}`, '--min-tokens', `${DUPLICATES.tokens}`];
    const args = ['--yes', `jscpd@${DUPLICATES.version}`, ...options, ...limits, ...SOURCES];
    execFileSync('npx', args, { cwd: folder, stdio: 'ignore' });
    const report: unknown = JSON.parse(readFileSync(path.join(output, 'jscpd-report.json'), 'utf8'));
    return duplicatesReport.parse(report).statistics.total.clones;
  } finally {
    rmSync(output, { recursive: true });
  }
}

function timeTests(folder: string): number {
  const began = performance.now();
  execFileSync('npm', ['test'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  return Math.round((performance.now() - began) / 1_000);
}

async function measure(folder: string, withTests: boolean): Promise<Figures> {
  const src = tracked(folder, ['src/*.ts']).map((file) => linesOf(folder, file));
  const all = tracked(
    folder,
    SOURCES.map((source) => `${source}/*.ts`),
  ).map((file) => linesOf(folder, file));
  const words = tracked(folder, ['docs/*.md']).map(
    (file) => readFileSync(path.join(folder, file), 'utf8').split(/\s+/).filter(Boolean).length,
  );
  return {
    circles: await countCircles(folder),
    filesOfSrc: src.length,
    linesOfSrc: src.reduce((sum, lines) => sum + lines, 0),
    medianLinesOfSrc: median(src),
    filesOver200LinesInSrc: src.filter((lines) => lines > LONG_FILE).length,
    filesOver200LinesInAll: all.filter((lines) => lines > LONG_FILE).length,
    wordsOfDocs: words.reduce((sum, count) => sum + count, 0),
    duplicatedBlocks: countDuplicates(folder),
    secondsOfNpmTest: withTests ? timeTests(folder) : undefined,
  };
}

await new Command('measure')
  .description('Counts circles of imports, long files, words of docs and duplicated blocks, as JSON.')
  .argument('[folder]', 'a checkout with its dependencies installed', '.')
  .option('--tests', 'run "npm test" too, and take its time')
  .action(async (folder: string, { tests }: { tests?: true }) => {
    const figures = await measure(path.resolve(folder), tests === true);
    process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  })
  .parseAsync();
