import { way, type Finding, type Outcome } from '../finding.ts';
import { decodedSource, decodeDoubled, type Source } from '../source.ts';
import { linesOf } from './lines.ts';

/*
 * PgBouncer's auth_file (https://www.pgbouncer.org/config.html#authentication-file-format):
 *
 *   "user" "password or verifier"      a quote is doubled; text after the second is ignored; `;` begins a comment
 */
const LINE = /^\s*"((?:[^"]|"")*)"\s+"((?:[^"]|"")*)"/;

export function readUserlist(source: Source, at: string, claimed: boolean): Outcome | undefined {
  const { text } = source;
  const findings: Finding[] = [];
  const problems: string[] = [];
  for (const { start, end, number } of linesOf(text)) {
    const line = text.slice(start, end);
    if (/^\s*(?:[;#]|$)/.test(line)) continue;
    const within = way(at, `line ${number}`);
    const parts = line.length > 4096 ? null : LINE.exec(line);
    if (parts === null) {
      if (!claimed) return undefined;
      problems.push(way(within, 'is no line of a userlist'));
      continue;
    }
    const [whole, user = '', password = ''] = parts;
    const part = (from: number, length: number) => ({
      within,
      source: decodedSource(source, decodeDoubled(text, from, from + length, '"'), {
        escape: (to) => (/[\0\r\n]/.test(to) ? undefined : to.replaceAll('"', '""')),
      }),
    });
    findings.push({
      label: '',
      hosts: [],
      ...(user !== '' && { user: part(start + line.indexOf('"') + 1, user.length) }),
      ...(password !== '' && { password: part(start + whole.length - 1 - password.length, password.length) }),
    });
  }
  return findings.length + problems.length > 0 ? { findings, problems } : undefined;
}
