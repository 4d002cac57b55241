import { readFileSync } from 'node:fs';
import { ADOPTION_RULE_NAMES } from '../../src/domain/adopt/index.ts';
import { PASSING_FAILURES, REQUEST_FAILURES, STEP_FAILURES } from '../../src/domain/failures.ts';
import { RULE_NAMES } from '../../src/domain/preflight/index.ts';

/** A heading, an item of a list or a row of a table that begins with a name. */
const ENTRY = /^(?:### |[-*] |\| *)`([^`]+)`/gm;

const NAMES = [
  ...Object.keys({ ...REQUEST_FAILURES, ...STEP_FAILURES, ...PASSING_FAILURES }),
  ...new Set([...RULE_NAMES, ...ADOPTION_RULE_NAMES]),
];

const page = readFileSync(new URL('../../docs/failures.md', import.meta.url), 'utf8');
const entries = [...page.matchAll(ENTRY)].map(([, name = '']) => name);

it('docs/failures.md has one entry for each failure and for each rule, and none for anything else', () => {
  expect([...entries].sort()).toEqual([...NAMES].sort());
});

describe('a failure', () => {
  it('stands in one table, with one sentence', () => {
    const all = [REQUEST_FAILURES, STEP_FAILURES, PASSING_FAILURES].flatMap((table) => Object.entries(table));
    expect(all).toHaveLength(new Set(all.map(([name]) => name)).size);
    expect(all.filter(([, sentence]) => !/^[A-Z].*[^.]\.$/.test(sentence))).toEqual([]);
  });
});
