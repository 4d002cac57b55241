import { readFileSync } from 'node:fs';

/** What `record-results.js` writes of a run of tests, and what is said of it in the end. */
export interface Results {
  readonly name: string;
  readonly seconds: number;
  readonly files: readonly FileResult[];
}

export interface FileResult {
  readonly project: string;
  /** From the root of the checkout. */
  readonly file: string;
  readonly seconds: number;
  readonly outcome: 'passed' | 'failed';
  /** Of the file itself, outside of its tests. */
  readonly error?: string;
  readonly tests: readonly TestResult[];
  /** How it had ended before it was run once more. */
  readonly first?: FileResult;
}

export interface TestResult {
  readonly name: string;
  readonly seconds: number;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly error?: string;
}

export function readResults(path: string): Results {
  return JSON.parse(readFileSync(path, 'utf8')) as Results;
}

/** A few failures may come from what another file left. */
const FEW = 3;

/** Those that failed, unless they are many: where more than a few and more than half fail, the reason is another one. */
export function filesToRepeat(files: readonly FileResult[]): readonly FileResult[] {
  const failed = files.filter(({ outcome }) => outcome === 'failed');
  return failed.length > Math.max(FEW, files.length / 2) ? [] : failed;
}

/** The results with those of a repetition in the place of the first ones, which are kept with them. */
export function withRepetition(results: Results, again: FileResult): Results {
  const files = results.files.map((first) => (first.file === again.file ? { ...again, first } : first));
  return { ...results, files, seconds: Math.round((results.seconds + again.seconds) * 10) / 10 };
}

/** A file that could not be run again has failed again. */
export function failedAgain(first: FileResult, error: string): FileResult {
  return { ...first, seconds: 0, outcome: 'failed', error, tests: [] };
}

/** What failed in the end: by test, and by file where that failed outside of its tests. */
function failures({ error, tests }: FileResult): readonly { readonly name: string; readonly error: string }[] {
  return [
    ...(error === undefined ? [] : [{ name: 'the file itself', error }]),
    ...tests.flatMap((test) => (test.outcome === 'failed' ? [{ name: test.name, error: test.error ?? '' }] : [])),
  ];
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly lines: readonly string[];
}

/**
 * The sum of all runs. A repetition counts in the place of the first outcome, and what passed only then is called unsteady.
 * @param broken what failed without a test's failure, such as a build: each counts as one.
 */
export function summarize(runs: readonly Results[], broken: readonly string[] = []): Summary {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const unsteady: string[] = [];
  const failed: string[] = [];
  for (const { name, files } of runs)
    for (const result of files) {
      for (const { outcome } of result.tests) count[outcome] += 1;
      const told = failures(result);
      if (result.error !== undefined) count.failed += 1;
      for (const { name: test, error } of told) failed.push(`FAILED ${name} ${result.file} › ${test}: ${error}`);
      if (result.outcome === 'passed' && result.first !== undefined)
        for (const { name: test, error } of failures(result.first))
          unsteady.push(
            `UNSTEADY ${name} ${result.file} › ${test}: failed at first (${error}), passed by itself on a fresh cluster`,
          );
    }
  const withoutTest = count.failed === 0 ? broken : [];
  const lines = [
    ...unsteady,
    ...failed,
    ...withoutTest.map((what) => `FAILED ${what}`),
    `${count.passed} passed, ${count.failed + withoutTest.length} failed, ${count.skipped} skipped`,
  ];
  return { ...count, failed: count.failed + withoutTest.length, lines };
}
