import { way, type Finding, type Outcome, type Part } from '../finding.ts';
import { hostsOf } from '../hosts.ts';
import { decodeBackslashes, decodedSource, type Source } from '../source.ts';
import { linesOf } from './lines.ts';

/*
 * libpq's password file (https://www.postgresql.org/docs/current/libpq-pgpass.html):
 *
 *   host:port:database:user:password      `:` and `\` are written `\:` and `\\`; `*` matches anything
 */
const LINE = /^(?:(?:[^:\\\n]|\\.)+:)(?:\d+|\*):(?:(?:[^:\\\n]|\\.)+:){2}(?:[^\\\n]|\\.)+$/;

/** @param claimed whether the key's name says that this is a password file; then a bad line is reported */
export function readPgpass(source: Source, at: string, claimed: boolean): Outcome | undefined {
  const { text } = source;
  const findings: Finding[] = [];
  const problems: string[] = [];
  for (const { start, end, number } of linesOf(text)) {
    const line = text.slice(start, end);
    if (line.trim() === '' || line.startsWith('#')) continue;
    const within = way(at, `line ${number}`);
    if (line.length > 4096 || !LINE.test(line)) {
      if (!claimed) return undefined;
      problems.push(way(within, 'is no line of a password file'));
      continue;
    }
    const fields = fieldsOf(text, start, end);
    const part = (index: number): Part => {
      const { from, to } = fields[index] ?? { from: 0, to: 0 };
      const escape = (next: string) => (/[\0\r\n]/.test(next) ? undefined : next.replace(/[\\:]/g, '\\$&'));
      return { within, source: decodedSource(source, decodeBackslashes(text, from, to), { escape }) };
    };
    if (fields.length > 5) {
      // libpq ends the password at a bare colon. Other readers take the rest of the line.
      problems.push(way(within, 'has a password with an unescaped colon, which readers read differently'));
      continue;
    }
    // In the other fields a star matches anything. In the password a star is a star.
    const [host, , database, user] = fields.map(({ from, to }, index) =>
      text.slice(from, to) === '*' ? undefined : part(index),
    );
    findings.push({
      label: '',
      scheme: 'postgresql',
      hosts: host ? hostsOf(host.source, within) : [],
      password: part(4),
      user,
      database,
    });
  }
  return findings.length + problems.length > 0 ? { findings, problems } : undefined;
}

function fieldsOf(text: string, start: number, end: number): readonly { from: number; to: number }[] {
  const fields: { from: number; to: number }[] = [];
  let from = start;
  for (let at = start; at <= end; at += 1) {
    if (at < end && text[at] === '\\') at += 1;
    else if (at >= end || text[at] === ':') {
      fields.push({ from, to: Math.min(at, end) });
      from = at + 1;
    }
  }
  return fields;
}
