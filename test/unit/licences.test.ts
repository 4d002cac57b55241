import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));

/** Licences that ask for no more than their own text and a notice. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);

/** Packages whose package.json names no licence, with the licence of their LICENSE file. */
const BY_THEIR_FILE: Readonly<Record<string, string>> = { 'node_modules/unionfs': 'Unlicense' };

interface Locked {
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** What a user of the package gets, by the folders of the lock file. Those of other platforms are not installed. */
const folders = Object.entries((read('package-lock.json') as { packages: Record<string, Locked> }).packages).filter(
  ([folder, { dev }]) => folder !== '' && dev !== true,
);
const licences = folders.flatMap(([folder, { optional }]) => {
  try {
    const { license } = read(`${folder}/package.json`) as { readonly license?: string };
    return [{ folder, licence: license ?? BY_THEIR_FILE[folder] }];
  } catch (error) {
    if (optional === true) return [];
    throw error;
  }
});

/** `Apache-2.0 AND MIT`: each one binds. `(MIT OR GPL-2.0)`: one is chosen. */
function isAllowed(licence: string | undefined): boolean {
  const terms = (licence ?? 'none').replace(/[()]/g, '').split(' AND ');
  return terms.every((term) => term.split(' OR ').some((one) => ALLOWED.has(one)));
}

describe('the licences of what a user installs', () => {
  it('are all permissive', () => {
    expect(licences.filter(({ licence }) => !isAllowed(licence))).toEqual([]);
  });

  it('are looked up for hundreds of packages', () => {
    expect(licences.length).toBeGreaterThan(200);
  });

  it.each([
    ['MIT', true],
    ['Apache-2.0 AND MIT', true],
    ['(MIT OR GPL-2.0)', true],
    ['GPL-3.0-only', false],
    ['MIT AND GPL-3.0-only', false],
    ['SEE LICENSE IN LICENSE', false],
    [undefined, false],
  ])('of "%s" are allowed: %s', (licence, allowed) => {
    expect(isAllowed(licence)).toBe(allowed);
  });
});
