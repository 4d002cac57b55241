import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { jest } from '@jest/globals';
import { tmpdir } from 'node:os';
import path from 'node:path';
import RecordResults from '../harness/results/record-results.js';
import {
  failedAgain,
  filesToRepeat,
  readResults,
  summarize,
  withRepetition,
  type FileResult,
  type Results,
} from '../harness/results/results.ts';
import { ALL_VERSIONS, exactly, PILLARS } from '../harness/results/rounds.ts';
import { ROOT } from '../../sandbox/harness/programs.ts';

const test = (outcome: 'passed' | 'failed' | 'skipped', name = 'it works') => ({
  name,
  seconds: 1,
  outcome,
  ...(outcome === 'failed' && { error: 'no' }),
});
const file = (name: string, ...outcomes: readonly ('passed' | 'failed' | 'skipped')[]): FileResult => ({
  project: 'e2e',
  file: name,
  seconds: 2,
  outcome: outcomes.includes('failed') ? 'failed' : 'passed',
  tests: outcomes.map((outcome) => test(outcome)),
});
const run = (...files: readonly FileResult[]): Results => ({ name: 'e2e', seconds: 10, files });
const closing = (...args: Parameters<typeof summarize>): string | undefined => summarize(...args).lines.at(-1);

describe('a file on the real cluster', () => {
  it.each([
    ['that fails alone is run once more', ['failed'], [0]],
    ['that passes is not', ['passed', 'passed'], []],
    ['is run once more with another that fails, where as many pass', ['failed', 'passed', 'failed', 'passed'], [0, 2]],
    ['is run once more with all others, where they are few', ['failed', 'failed', 'failed'], [0, 1, 2]],
    ['is not where many fail, and more than half', ['failed', 'passed', 'failed', 'failed', 'failed', 'passed'], []],
  ] as const)('%s', (_, outcomes, repeated) => {
    const files = outcomes.map((outcome, index) => file(String(index), outcome));
    expect(filesToRepeat(files).map(({ file: name }) => Number(name))).toEqual(repeated);
  });

  it('that fails outside of its tests is run once more too', () => {
    const leaking: FileResult = { ...file('a', 'passed'), outcome: 'failed', error: 'a password stands in a log' };
    expect(filesToRepeat([leaking, file('b', 'passed')])).toEqual([leaking]);
  });
});

describe('the sum of a check', () => {
  it('counts the tests of all runs', () => {
    const runs = [run(file('a', 'passed', 'skipped')), run(file('a', 'passed'), file('b', 'passed'))];
    expect(summarize(runs)).toEqual({ passed: 3, failed: 0, skipped: 1, lines: ['3 passed, 0 failed, 1 skipped'] });
  });

  it('names what failed, with its error', () => {
    expect(summarize([run(file('a', 'failed', 'passed'))]).lines).toEqual([
      'FAILED e2e a › it works: no',
      '1 passed, 1 failed, 0 skipped',
    ]);
  });

  it('counts a repetition that passed in the place of the failure, and calls it unsteady with both outcomes', () => {
    const repeated = withRepetition(
      run(file('a', 'failed', 'passed'), file('b', 'passed')),
      file('a', 'passed', 'passed'),
    );
    expect(summarize([repeated]).lines).toEqual([
      'UNSTEADY e2e a › it works: failed at first (no), passed by itself on a fresh cluster',
      '3 passed, 0 failed, 0 skipped',
    ]);
  });

  it('has a failure where the repetition failed too, or could not be made', () => {
    const first = file('a', 'failed', 'passed');
    expect(closing([withRepetition(run(first), first)])).toBe('1 passed, 1 failed, 0 skipped');
    expect(summarize([withRepetition(run(first), failedAgain(first, 'no cluster'))]).lines).toEqual([
      'FAILED e2e a › the file itself: no cluster',
      '0 passed, 1 failed, 0 skipped',
    ]);
  });

  it('counts a file that failed outside of its tests', () => {
    expect(closing([run({ ...file('a', 'passed'), outcome: 'failed', error: 'a leak' })])).toBe(
      '1 passed, 1 failed, 0 skipped',
    );
  });

  it('has a failure where a part of the check failed without a test', () => {
    expect(closing([run(file('a', 'passed'))], ['lint'])).toBe('1 passed, 1 failed, 0 skipped');
    expect(closing([run(file('a', 'failed'))], ['fast tests'])).toBe('0 passed, 1 failed, 0 skipped');
  });
});

describe('the record of a run', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'results-'))));
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  const result = (name: string, ms: number, more: object) => ({
    testFilePath: path.join(folder, name),
    displayName: { name: 'unit' },
    perfStats: { start: 1_000, end: 1_000 + ms },
    numFailingTests: 0,
    testResults: [],
    ...more,
  });
  const record = (...testResults: readonly object[]): { results: Results; printed: string } => {
    const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    new RecordResults({ rootDir: folder }).onRunComplete(new Set([{ config: { displayName: { name: 'unit' } } }]), {
      startTime: Date.now(),
      testResults,
    });
    return {
      results: readResults(path.join(folder, 'test-results', 'unit.json')),
      printed: written.mock.calls.map(([text]) => String(text)).join(''),
    };
  };

  it('has the duration and the outcome of each file and each test', () => {
    const { results } = record(
      result('a.test.ts', 2_340, {
        numFailingTests: 1,
        testResults: [
          { fullName: 'it works', status: 'passed', duration: 1_290, failureMessages: [] },
          {
            fullName: 'it fails',
            status: 'failed',
            duration: 10,
            failureMessages: ['\u001b[31mno\u001b[39m\n    at x'],
          },
          { fullName: 'it waits', status: 'pending', failureMessages: [] },
        ],
      }),
      result('b.test.ts', 100, { testExecError: { message: 'cannot be read' } }),
    );
    expect(results.files).toEqual([
      {
        project: 'unit',
        file: 'a.test.ts',
        seconds: 2.3,
        outcome: 'failed',
        tests: [
          { name: 'it works', seconds: 1.3, outcome: 'passed' },
          { name: 'it fails', seconds: 0, outcome: 'failed', error: 'no' },
          { name: 'it waits', seconds: 0, outcome: 'skipped' },
        ],
      },
      { project: 'unit', file: 'b.test.ts', seconds: 0.1, outcome: 'failed', error: 'cannot be read', tests: [] },
    ]);
  });

  it('is printed for the ten slowest files, the slowest first', () => {
    const { printed } = record(
      ...Array.from({ length: 12 }, (_, index) => result(`${index}.test.ts`, index * 1_000, {})),
    );
    expect(printed.match(/\d+(?=\.test\.ts)/g)).toEqual(['11', '10', '9', '8', '7', '6', '5', '4', '3', '2']);
  });
});

describe('the files that are run on the real cluster at each check', () => {
  const patterns = [...Object.values(PILLARS).map(exactly), ...ALL_VERSIONS.flatMap((round) => round.patterns)];
  // The others name a folder.
  const named = new Set(patterns.filter((pattern) => pattern.endsWith('$')));

  it.each([...named])('are there: %s', (pattern) => {
    const name = pattern.replace(/^\//, '').replaceAll('\\', '').replace(/\$$/, '');
    expect(existsSync(path.join(ROOT, name))).toBe(true);
    expect(readFileSync(path.join(ROOT, name), 'utf8')).toContain('useHarness(');
  });
});
