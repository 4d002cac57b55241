import { hostsOf } from '../hosts.ts';
import { problem, way, type Finding, type Outcome, type Part } from '../finding.ts';
import type { Meaning } from '../place.ts';
import { sliceSource, type Source } from '../source.ts';
import { percentDecoded } from './percent.ts';
import { readPairs } from './connection-string.ts';

/*
 * RFC 3986, as libpq, WHATWG's URL and JDBC drivers read it, with several hosts:
 *
 *   postgresql://user:password@host1:5432,host2/database?sslmode=require&password=…
 *   jdbc:postgresql://host:5432/database?user=…&password=…
 *   jdbc:sqlserver://host:1433;databaseName=…;user=…;password=…
 *
 * The user's part ends at the last `@` before the path: any other reading puts an `@` into a host, and no host has one.
 * `openssl rand -base64` makes passwords with a raw `/`, `?` or `#`, which some parsers read and others refuse. This
 * parser reads such a password only if the URI has one meaning: the text after the colon is no port, and there is only
 * one `@`.
 */
const HEAD = /^(?:jdbc:)?([a-z][a-z0-9+._-]*)(?::[a-z]+)?:\/\//i;

/** Schemes whose path names a database. A URI with such a scheme matters without a user too. */
const OF_DATABASES = /^(?:postgres|postgresql|pgsql|mysql|mariadb|mongodb|sqlserver|mssql|cockroachdb|redshift)$/;
const OF_POSTGRES = /^(?:postgres|postgresql|pgsql)$/;

const PARAMETERS: Readonly<Record<string, Meaning>> = {
  user: 'user',
  username: 'user',
  uid: 'user',
  password: 'password',
  passwd: 'password',
  pwd: 'password',
  pass: 'password',
  host: 'host',
  dbname: 'database',
  database: 'database',
};

export function looksLikeUri(text: string): boolean {
  return HEAD.test(text.slice(0, 128));
}

/** @param source the URI alone, without white space around it */
export function readUri(source: Source, at: string): Outcome | undefined {
  const { text } = source;
  const head = HEAD.exec(text.slice(0, 128));
  if (head === null) return undefined;
  const jdbc = /^jdbc:/i.test(text);
  const within = way(at, jdbc ? 'JDBC URI' : 'URI');
  if (/[\r\n\t]/.test(text) || (text.includes(' ') && !jdbc)) return problem(within, 'has white space in it');
  const scheme = (head[1] ?? '').toLowerCase().replace(/\+.*$/, '');
  const start = head[0].length;
  const until = (from: number, marks: RegExp): number => {
    const found = text.slice(from).search(marks);
    return found < 0 ? text.length : from + found;
  };
  const marks = jdbc ? /[/?#;]/ : /[/?#]/;
  const beforeMark = text.slice(start, until(start, marks));
  const rawMark = !beforeMark.includes('@') && /^[^:]*:(?!\d*$)/.test(beforeMark);
  const onlyAt = rawMark && text.indexOf('@') === text.lastIndexOf('@') ? text.indexOf('@') : -1;
  const end = until(onlyAt < 0 ? start : onlyAt, marks);
  const authority = text.slice(start, end);
  const userEnd = authority.lastIndexOf('@');
  const ofDatabases = OF_DATABASES.test(scheme);

  if (userEnd < 0 && text.indexOf('@', end) >= 0 && authority.includes(':') && !/:\d*$/.test(authority)) {
    return problem(within, 'has a password with an unencoded /, ? or #, which parsers read differently');
  }
  if (userEnd < 0 && ofDatabases && /^[^/?#]*:\d*[/?#][^?]*@/.test(text.slice(start))) {
    return problem(within, 'may have a password with an unencoded /, ? or #, which parsers read differently');
  }

  const problems: string[] = [];
  const decode = (from: number, to: number, meaning: Meaning, place: string): Part | undefined => {
    if (to <= from) return undefined;
    const decoded = percentDecoded(source, from, to);
    if (decoded !== undefined) return { within: place, source: decoded };
    problems.push(way(place, `has a ${meaning} with a % that begins no encoded character`));
    return undefined;
  };

  const found: Partial<Record<'user' | 'password' | 'database', Part>> = {};
  let queryPassword: Part | undefined;
  const keep = (meaning: 'user' | 'password' | 'database', part: Part | undefined): void => {
    if (part !== undefined) found[meaning] = part;
  };
  if (userEnd >= 0) {
    const colon = authority.slice(0, userEnd).indexOf(':');
    keep('user', decode(start, start + (colon < 0 ? userEnd : colon), 'user', within));
    if (colon >= 0) keep('password', decode(start + colon + 1, start + userEnd, 'password', within));
  }
  const hosts = [...hostsOf(sliceSource(source, start + userEnd + 1, end), within)];

  const pathEnd = until(end, /[?#;]/);
  if (ofDatabases && text[end] === '/') keep('database', decode(end + 1, pathEnd, 'database', within));

  if (jdbc && text.includes(';', end)) {
    const from = text.indexOf(';', end) + 1;
    const pairs = readPairs(sliceSource(source, from, text.length), way(within, 'parameters'), { braces: true });
    const [finding] = pairs.findings;
    problems.push(...pairs.problems);
    keep('user', finding?.user);
    keep('database', finding?.database);
    queryPassword = finding?.password;
  } else if (text[pathEnd] === '?') {
    const queryEnd = until(pathEnd, /#/);
    let from = pathEnd + 1;
    for (const pair of text.slice(from, queryEnd).split('&')) {
      const equals = pair.indexOf('=');
      const name = pair.slice(0, equals).toLowerCase();
      const meaning = equals > 0 && Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
      const [first, last] = [from + equals + 1, from + pair.length];
      from = last + 1;
      if (meaning === undefined) continue;
      const place = way(within, 'query');
      if (meaning === 'password' && text.slice(first, last).includes('+')) {
        problems.push(way(place, 'has a password with a +, which is a space to some parsers'));
        continue;
      }
      const part = decode(first, last, meaning, place);
      if (part === undefined) continue;
      if (meaning === 'host') hosts.push(...hostsOf(part.source, place));
      else if (meaning === 'password') queryPassword = part;
      else keep(meaning, part);
    }
  }

  const { password, ...others } = found;
  const login = { label: '', scheme, hosts, ...others };
  const findings: Finding[] = [queryPassword, password]
    .filter((one) => one !== undefined)
    .map((one) => ({ ...login, password: one }));
  if (findings.length === 0 && problems.length === 0 && (login.user !== undefined || OF_POSTGRES.test(scheme))) {
    findings.push(login);
  }
  return { findings, problems };
}
