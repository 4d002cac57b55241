import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readResults, summarize } from './results.ts';

/* Closes a check of several runs: `tsx test/harness/results/sum-results.ts [what failed without a test]...` */

const FOLDER = 'test-results';
const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith('.json')) : [];
const { lines } = summarize(
  files.map((file) => readResults(path.join(FOLDER, file))),
  process.argv.slice(2),
);
process.stdout.write(`${lines.join('\n')}\n`);
