import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { firstLine } from './closing-line.js';

const SLOWEST = 10;
const OUTCOMES = { passed: 'passed', failed: 'failed' };

/**
 * A Jest reporter that writes how long each file and each test took, and how it ended, to test-results/<projects>.json
 * (or where TEST_RESULTS says), and prints the slowest files.
 */
export default class RecordResults {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onRunComplete(contexts, { startTime, testResults }) {
    const files = testResults.map((result) => this.#record(result));
    const projects = [...contexts].map(({ config }) => config.displayName?.name ?? 'tests').sort();
    const name = [...new Set(projects)].join('-') || 'none';
    const target = process.env.TEST_RESULTS ?? path.join(this.rootDir, 'test-results', `${name}.json`);
    mkdirSync(path.dirname(target), { recursive: true });
    const record = {
      name,
      startedAt: new Date(startTime).toISOString(),
      seconds: tenths(Date.now() - startTime),
      files,
    };
    writeFileSync(target, `${JSON.stringify(record, undefined, 1)}\n`);
    process.stdout.write(slowest(files));
  }

  #record({ testFilePath, perfStats, testResults, testExecError, numFailingTests, displayName }) {
    const { start, end } = perfStats ?? {};
    return {
      project: displayName?.name ?? 'tests',
      file: path.relative(this.rootDir, testFilePath),
      seconds: tenths((end ?? 0) - (start ?? 0)),
      outcome: testExecError || numFailingTests > 0 ? 'failed' : 'passed',
      ...(testExecError && { error: firstLine(testExecError.message ?? '') }),
      tests: testResults.map(({ fullName, status, duration, failureMessages }) => ({
        name: fullName,
        seconds: tenths(duration ?? 0),
        outcome: OUTCOMES[status] ?? 'skipped',
        ...(status === 'failed' && { error: firstLine(failureMessages[0] ?? '') }),
      })),
    };
  }
}

/** A table of the slowest files; of one file alone there is nothing to tell. */
function slowest(files) {
  if (files.length < 2) return '';
  const first = [...files].sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  const lines = first.map(({ seconds, project, file }) => `${seconds.toFixed(1).padStart(8)} s  ${project} ${file}\n`);
  return `The slowest files:\n${lines.join('')}`;
}

function tenths(ms) {
  return Math.round(ms / 100) / 10;
}
