import { linesOf } from '../notations/lines.ts';
import { rawSource, type Source } from '../source.ts';
import type { DocumentValue, Entry } from './document.ts';

/*
 * Lines of `NAME=value`: env files and INI, whose readers differ about quotes, backslashes, `$`, `#` and `;`
 * (dotenv, docker, a shell; Go's ini, Python's configparser, PgBouncer). The parser understands what all readers read
 * alike, and reports the rest as unclear. `unknown` is a text whose name shows no format: it might be properties too.
 */
export type Dialect = 'env' | 'ini' | 'unknown';

const SECTION = /^\s*\[([^\]\n]*)\]\s*(?:[#;].*)?$/;
const ASSIGNMENT = {
  env: /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*/,
  ini: /^\s*([^\s=:#;[][^=:]{0,127}?)\s*[=:]\s*/,
  unknown: /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*/,
};
const COMMENT = { env: /^\s*#/, ini: /^\s*[#;]/, unknown: /^\s*[#;!]/ };

/** Characters that some reader does not take literally. */
const SPECIAL = { env: /[\\$`"'#]/, ini: /[\\`"#;]|%%|\$\{/, unknown: /[\\$`"'#;\s]|%%/ };
const SPECIAL_IN_DOUBLE = { env: /[\\$`]/, ini: /[\\#;]|%%/, unknown: /[\\$`#;]|%%/ };
const SPECIAL_IN_SINGLE = { env: /\\/, ini: /[\\#;]|%%/, unknown: /[\\#;]|%%/ };

const UNCLEAR = 'has quotes, backslashes or signs that readers of such files take differently';

/** `undefined` where a line has the wrong form. An INI file and an env file may have such lines. */
export function parseAssignments(source: Source, dialect: Dialect): DocumentValue | undefined {
  const { text } = source;
  const top: Entry[] = [];
  let entries = top;
  let skipUntil = 0;
  for (const { start, end } of linesOf(text)) {
    if (start < skipUntil) continue;
    const line = text.slice(start, end);
    if (line.trim() === '' || COMMENT[dialect].test(line)) continue;
    const section = dialect === 'env' ? null : SECTION.exec(line);
    if (section !== null) {
      entries = [];
      top.push({ name: section[1] ?? '', value: { kind: 'map', entries } });
      continue;
    }
    const head = ASSIGNMENT[dialect].exec(line);
    if (head === null) {
      if (dialect === 'unknown') return undefined;
      continue;
    }
    const value = valueOf(source, start + head[0].length, end, dialect);
    entries.push({ name: head[1] ?? '', value });
    skipUntil = value.until;
  }
  return { kind: 'map', entries: top };
}

function valueOf(source: Source, start: number, lineEnd: number, dialect: Dialect): DocumentValue & { until: number } {
  const { text } = source;
  const rest = text.slice(start, lineEnd);
  const quote = /^(?:"""|["'`])/.exec(rest)?.[0];
  if (quote === undefined || (quote === '`' && dialect !== 'ini')) {
    const end = start + rest.trimEnd().length;
    const unclear = SPECIAL[dialect].test(text.slice(start, end));
    const raw = rawSource(source, start, end, /[^\w.~@:/%+=,-]/);
    return { kind: 'text', source: raw, until: 0, ...(unclear && { unclear: UNCLEAR }) };
  }
  const from = start + quote.length;
  const close = text.indexOf(quote, from);
  const end = close < 0 ? text.length : close;
  const after = text.slice(end + quote.length, Math.max(lineEnd, end + quote.length));
  const inner = text.slice(from, end);
  const special = quote === '"' || quote === '"""' ? SPECIAL_IN_DOUBLE : SPECIAL_IN_SINGLE;
  // A quote in the middle of a line with text after it: every reader reads it differently.
  const unclear = close < 0 || end > lineEnd || special[dialect].test(inner) || !/^\s*(?:\s[#;].*)?$/.test(after);
  const raw = rawSource(source, from, end, /[^\w.~@:/%+=, -]/);
  return { kind: 'text', source: raw, until: end > lineEnd ? end : 0, ...(unclear && { unclear: UNCLEAR }) };
}
