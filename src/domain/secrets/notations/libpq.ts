import { hostsOf } from '../hosts.ts';
import { way, type Outcome, type Part } from '../finding.ts';
import type { Meaning } from '../place.ts';
import { decodeBackslashes, decodedSource, decodeDoubled, type Source } from '../source.ts';

/*
 * The keyword/value string of libpq (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING), and
 * that of PgBouncer, which has no backslash and doubles the quote instead:
 *
 *   host=db port=5432 user=app password='it\'s' dbname=app
 *   host=db port=5432 user=app password='it''s' dbname=app
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  host: 'host',
  hostaddr: 'host',
  user: 'user',
  password: 'password',
  dbname: 'database',
};

/** The other words of libpq and PgBouncer. A text with any other word is not in this notation. */
const OTHERS =
  /^(?:port|passfile|require_auth|channel_binding|connect_timeout|client_encoding|options|application_name|fallback_application_name|keepalives\w*|tcp_user_timeout|replication|gssencmode|ssl\w+|min_protocol_version|max_protocol_version|requirepeer|krbsrvname|gsslib|gssdelegation|service|target_session_attrs|load_balance_hosts|auth_user|auth_query|auth_dbname|pool_size|min_pool_size|reserve_pool|pool_mode|max_db_\w+|connect_query|timezone|datestyle|search_path|schema|pool_\w+|TimeZone)$/i;

const KEYWORD = /\s*([A-Za-z_]+)\s*=\s*/y;

export function readKeywords(source: Source, at: string, pgbouncer: boolean): Outcome | undefined {
  const { text } = source;
  if (text.length > 65_536 || !/^[a-z_]+\s*=/i.test(text)) return undefined;
  const within = way(at, 'DSN');
  const found: Partial<Record<'user' | 'password' | 'database', Part>> = {};
  const hosts: Part[] = [];
  const problems: string[] = [];
  let pairs = 0;
  for (let position = 0; position < text.length;) {
    KEYWORD.lastIndex = position;
    const head = KEYWORD.exec(text);
    if (head === null) return undefined;
    const name = (head[1] ?? '').toLowerCase();
    const means = Object.hasOwn(MEANINGS, name) ? MEANINGS[name] : undefined;
    if (means === undefined && !OTHERS.test(name)) return undefined;
    const value = readValue(source, position + head[0].length, pgbouncer);
    if (value === undefined) return undefined;
    pairs += 1;
    position = value.end;
    if (means === undefined || value.source.text === '') continue;
    if (means === 'host') hosts.push(...hostsOf(value.source, within));
    else if (means === 'password' && value.unclear)
      problems.push(way(within, 'has a password that libpq and PgBouncer read differently'));
    else found[means] = { within, source: value.source };
  }
  if (pairs < 2 && found.password === undefined) return undefined;
  return {
    findings: found.password || found.user ? [{ label: '', scheme: 'postgresql', hosts, ...found }] : [],
    problems,
  };
}

function readValue(source: Source, start: number, pgbouncer: boolean) {
  const { text } = source;
  if (text[start] === "'") {
    let close = start + 1;
    let doubled = false;
    for (; close < text.length; close += 1) {
      if (text[close] === '\\' && !pgbouncer) close += 1;
      else if (text[close] === "'" && text[close + 1] === "'") {
        close += 1;
        doubled = true;
      } else if (text[close] === "'") break;
    }
    if (close >= text.length || /\S/.test(text[close + 1] ?? ' ')) return undefined;
    const backslashes = text.slice(start + 1, close).includes('\\');
    // Only PgBouncer doubles quotes, so a doubled quote shows the notation where nothing else does.
    const asPgbouncer = pgbouncer || doubled;
    const pieces = asPgbouncer ? decodeDoubled(text, start + 1, close, "'") : decodeBackslashes(text, start + 1, close);
    const escape = (to: string) =>
      to.includes('\0') ? undefined : asPgbouncer ? to.replaceAll("'", "''") : to.replace(/[\\']/g, '\\$&');
    return {
      source: decodedSource(source, pieces, { escape }),
      end: close + 1,
      unclear: doubled && backslashes && !pgbouncer,
    };
  }
  let end = start;
  for (; end < text.length && !/\s/.test(text[end] ?? ''); end += 1) if (text[end] === '\\' && !pgbouncer) end += 1;
  end = Math.min(end, text.length);
  const pieces = pgbouncer ? decodeDoubled(text, start, end, '\0') : decodeBackslashes(text, start, end);
  const quoted = (to: string) => `'${pgbouncer ? to.replaceAll("'", "''") : to.replace(/[\\']/g, '\\$&')}'`;
  return {
    source: decodedSource(source, pieces, {
      escape: (to) => (/^[\w.~@:/%+-]+$/.test(to) ? to : undefined),
      restyle: { start, end, write: (to) => (to.includes('\0') ? undefined : quoted(to)) },
    }),
    end,
    unclear: false,
  };
}
