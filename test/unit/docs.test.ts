import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** GitHub shows 838 pixels beside the margins: so many characters of its code font, and of a table's source. */
const WIDEST_CODE = 96;
const WIDEST_TABLE_ROW = 110;
const MOST_WORDS_OF_DOCS = 24_250;

const read = (page: string): string => readFileSync(path.join(ROOT, page), 'utf8');
const DOCS = readdirSync(path.join(ROOT, 'docs'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => `docs/${file}`);
const PAGES = ['README.md', 'CONTRIBUTING.md', ...DOCS];

/** The lines of a page, each with whether it stands in a block of code. */
function linesOf(
  page: string,
): readonly { readonly line: string; readonly number: number; readonly inCode: boolean }[] {
  let inCode = false;
  return read(page)
    .split('\n')
    .map((line, index) => {
      const fence = /^\s*```/.test(line);
      if (fence) inCode = !inCode;
      return { line, number: index + 1, inCode: inCode && !fence };
    });
}

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = linesOf(page).flatMap(({ line, inCode }) => (inCode ? [] : (/^#+ (.*)$/.exec(line)?.[1] ?? [])));
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{Letter}\p{Number}\- _]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('the documentation', () => {
  it.each(PAGES)('of %s has no line of code and no row of a table that a browser would cut', (page) => {
    const wide = linesOf(page).filter(({ line, inCode }) =>
      inCode ? line.length > WIDEST_CODE : line.startsWith('|') && line.length > WIDEST_TABLE_ROW,
    );
    expect(wide.map(({ line, number }) => `${page}:${number} has ${line.length} characters`)).toEqual([]);
  });

  it.each(PAGES)('of %s links to files and headings that exist', (page) => {
    const links = linesOf(page).flatMap(({ line, inCode }) =>
      inCode ? [] : [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
    );
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
      if (!existsSync(path.join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(target).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each(PAGES)('of %s names files that exist', (page) => {
    const named = [...read(page).matchAll(/`((?:src|sandbox|test|bench|deploy|tools)\/[\w./-]*)`/g)].map(
      ([, file = '']) => file,
    );
    expect(named.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('can be read in one sitting', () => {
    // Nobody reads the generated reference through: a reader looks one field up.
    const words = DOCS.filter((page) => page !== 'docs/configuration.md')
      .flatMap((page) => read(page).split(/\s+/))
      .filter((word) => word !== '');
    expect(words.length).toBeLessThanOrEqual(MOST_WORDS_OF_DOCS);
  });
});
