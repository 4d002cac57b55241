import { problem, way, type Finding, type Outcome } from '../finding.ts';
import { isReference } from '../meaning.ts';
import { sliceSource, type Source } from '../source.ts';
import { linesOf } from './lines.ts';
import { looksLikeUri, readUri } from './uri.ts';

/*
 * URIs as literals in a larger text, such as a script. A URI begins at its scheme and ends at the closing quote, at
 * white space or at the line's end.
 *
 *   export DATABASE_URL="postgres://app:s3cr3t@db/app"
 *   psql postgres://app:s3cr3t@db/app -c 'select 1'
 */
const SCHEME_BEFORE = /(?:jdbc:)?[a-z][a-z0-9+.-]{0,30}(?::[a-z]{1,20})?$/i;

export function readUriLiterals(source: Source, at: string): Outcome | undefined {
  const { text } = source;
  if (!text.includes('://')) return undefined;
  const findings: Finding[] = [];
  const problems: string[] = [];
  for (const { start, end, number } of linesOf(text)) {
    let from = start;
    for (let mark = text.indexOf('://', from); mark >= 0 && mark < end; mark = text.indexOf('://', from)) {
      const scheme = SCHEME_BEFORE.exec(text.slice(Math.max(from, mark - 60), mark))?.[0];
      from = mark + 3;
      if (scheme === undefined) continue;
      const first = mark - scheme.length;
      const last = first + lengthOf(text.slice(first, end), text[first - 1] ?? '');
      from = Math.max(from, last);
      const outcome = readOne(sliceSource(source, first, last), way(at, `line ${number}`));
      findings.push(...outcome.findings);
      problems.push(...outcome.problems);
    }
  }
  return { findings, problems };
}

function lengthOf(text: string, before: string): number {
  const quote = /["'`]/.test(before) ? text.indexOf(before) : -1;
  if (quote >= 0) return quote;
  const end = text.search(/[\s"'`<>]/);
  return end < 0 ? text.length : end;
}

function readOne(uri: Source, within: string): Outcome {
  const outcome = looksLikeUri(uri.text) ? readUri(uri, within) : undefined;
  if (outcome === undefined) return { findings: [], problems: [] };
  const password = outcome.findings.find((one) => one.password)?.password;
  // The address of a web page is no login. A reference of a shell is not the password's text.
  if (password === undefined) return /@/.test(uri.text) ? outcome : { findings: [], problems: [] };
  if (isReference(password.source.text)) return problem(within, 'refers to a password that stands elsewhere');
  if (/[\\$`]/.test(uri.text)) return problem(within, 'URI has signs that a shell takes for its own');
  return outcome;
}
