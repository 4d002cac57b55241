import { hostsOf } from '../hosts.ts';
import { problem, way, type Finding, type Outcome, type Part } from '../finding.ts';
import type { Meaning } from '../place.ts';
import { decodedSource, decodeDoubled, rawSource, type Source } from '../source.ts';

/*
 * Pairs parted by semicolons: ADO.NET's (Npgsql), ODBC's, and the tail of a JDBC URI.
 *
 *   Server=db;User Id=app;Password="a;b""c";Database=app     ADO: quotes, doubled within
 *   Driver={PostgreSQL};Uid=app;Pwd={a;b}}c}                 ODBC: braces, the closing one doubled within
 *
 * A quote means nothing in ODBC and a brace nothing in ADO.
 */
const NAMES: Readonly<Record<string, Meaning | 'other'>> = {
  ...{ password: 'password', pwd: 'password', user: 'user', username: 'user', 'user id': 'user', userid: 'user' },
  ...{ uid: 'user', 'user name': 'user', host: 'host', server: 'host', 'data source': 'host', datasource: 'host' },
  ...{ address: 'host', addr: 'host', servername: 'host', database: 'database', 'initial catalog': 'database' },
  ...{ databasename: 'database', db: 'database', driver: 'other', dsn: 'other', port: 'other', provider: 'other' },
};

const PAIR = /\s*([^=;]{1,64}?)\s*=\s*/y;

interface Pair {
  readonly name: string;
  readonly source: Source;
  /** Why the value may have another meaning. */
  readonly unclear?: string;
}

/** `undefined` if the text is no connection string: it has fewer than two pairs, or no pair for a login. */
export function readConnectionString(source: Source, at: string): Outcome | undefined {
  const { text } = source;
  if (!text.includes(';') || text.length > 65_536 || !/^[\s\w.-]{1,64}=/.test(text)) return undefined;
  const odbc = /(?:^|;)\s*(?:driver|dsn|filedsn)\s*=/i.test(text);
  const known = [...text.matchAll(/(?:^|;)\s*([A-Za-z][\w .-]{0,40}?)\s*=/g)].filter(
    ([, name]) => meaning(name) !== undefined,
  );
  if (known.length < 2) return undefined;
  return readPairs(source, way(at, 'connection string'), { braces: odbc });
}

export function readPairs(source: Source, within: string, { braces }: { readonly braces: boolean }): Outcome {
  const pairs = splitPairs(source, braces);
  if (pairs === undefined) return problem(within, 'does not parse');
  const found: Partial<Record<'user' | 'password' | 'database', Part>> = {};
  const hosts: Part[] = [];
  const problems: string[] = [];
  for (const { name, source: value, unclear } of pairs) {
    const means = meaning(name);
    if (means === undefined || means === 'other' || value.text === '') continue;
    if (means === 'host') hosts.push(...hostsOf(value, within));
    else if (means === 'password' && unclear !== undefined) problems.push(way(within, unclear));
    // The last value of a name counts, as in DbConnectionStringBuilder.
    else found[means] = { within, source: value };
  }
  const finding: Finding = { label: '', hosts, ...found };
  return { findings: found.password || found.user ? [finding] : [], problems };
}

function meaning(name = ''): Meaning | 'other' | undefined {
  const normal = name.trim().toLowerCase().replace(/\s+/g, ' ');
  return Object.hasOwn(NAMES, normal) ? NAMES[normal] : undefined;
}

function splitPairs(source: Source, braces: boolean): readonly Pair[] | undefined {
  const { text } = source;
  const pairs: Pair[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = /[\s;]*/y;
    rest.lastIndex = at;
    at += rest.exec(text)?.[0].length ?? 0;
    if (at >= text.length) break;
    PAIR.lastIndex = at;
    const head = PAIR.exec(text);
    if (head === null) return undefined;
    const start = at + head[0].length;
    const value = readValue(source, start, braces);
    if (value === undefined) return undefined;
    pairs.push({ name: head[1] ?? '', ...value });
    at = value.end;
  }
  return pairs;
}

function readValue(source: Source, start: number, braces: boolean): (Omit<Pair, 'name'> & { end: number }) | undefined {
  const { text } = source;
  const opening = text[start] ?? '';
  const quote = braces ? (opening === '{' ? '}' : undefined) : opening === '"' || opening === "'" ? opening : undefined;
  if (quote !== undefined) {
    let close = text.indexOf(quote, start + 1);
    while (close >= 0 && text[close + 1] === quote) close = text.indexOf(quote, close + 2);
    const after = close < 0 ? null : /^\s*(?:;|$)/.exec(text.slice(close + 1, close + 64));
    if (after === null) return undefined;
    const value = decodedSource(source, decodeDoubled(text, start + 1, close, quote), {
      escape: (to) => (/[\0\r\n]/.test(to) ? undefined : to.replaceAll(quote, quote + quote)),
    });
    return { source: value, end: close + 1 + after[0].length };
  }
  const found = text.indexOf(';', start);
  const end = found < 0 ? text.length : found;
  const valueEnd = start + text.slice(start, end).trimEnd().length;
  const raw = rawSource(source, start, valueEnd, /[^A-Za-z0-9_.~@:/%+^-]/, {
    start,
    end: valueEnd,
    write: (to) =>
      /[\0\r\n]/.test(to) ? undefined : braces ? `{${to.replaceAll('}', '}}')}}` : `"${to.replaceAll('"', '""')}"`,
  });
  const unclear = !braces && opening === '{' ? 'has a password in braces, which only ODBC takes away' : undefined;
  return { source: raw, end: end + 1, ...(unclear && { unclear }) };
}
