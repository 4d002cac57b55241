import {
  isMeant,
  parseObject,
  textOf,
  timeOf,
  type Refusal,
  type RefusedLoginQuery,
} from '../proofs/refused-logins.ts';
import type { PoolerFacts } from './pooler.ts';

/*
 * PgBouncer's log, as CNPG's manager prints it (`internal/cmd/manager/pgbouncer/run/log.go`). A refused client has up to
 * three lines, with the address and the port of its connection:
 *
 *   C-0x55d1: litellm/litellm@10.244.0.7:53124 password authentication failed
 *   C-0x55d1: litellm/litellm@10.244.0.7:53124 closing because: SASL authentication failed (age=0s)
 *   C-0x55d1: litellm/litellm@10.244.0.7:53124 pooler error: SASL authentication failed
 *
 * The database comes before the user. A client that gets a failure that PgBouncer remembers has the last two.
 */

/** `database/user@address:port text`; an IPv6 address stands in brackets. */
const CLIENT = /^C-\S+: (.+)@(\[[0-9a-fA-F:.]+\]|[0-9.]+):(\d+) (.+)$/;

const REFUSED = /^(?:(?:closing because|pooler error): )?(?:SASL|password) authentication failed/;
const REMEMBERED =
  /^(?:closing because|pooler error): server login has been failing, cached error: .*(?:authentication|password)/;

/** The refused logins, the oldest first, each connection once. @param pooler the name for reports. */
export function readPoolerRefusals(
  log: string,
  pooler: string,
  query: Omit<RefusedLoginQuery, 'pods'>,
): readonly Refusal[] {
  const connections = new Map<string, Refusal>();
  for (const line of log.split('\n')) {
    const refusal = parseRefusal(line, query.roles);
    if (refusal === undefined || !isMeant(refusal, query)) continue;
    const { port, role, at, client } = refusal;
    const key = `${client} ${port}`;
    if (!connections.has(key)) connections.set(key, { role, at, client, pooler });
  }
  return [...connections.values()].sort((a, b) => a.at - b.at);
}

function parseRefusal(line: string, roles: readonly string[]): (Refusal & { readonly port: string }) | undefined {
  // Most lines are no refused logins.
  if (!/authentication failed|server login has been failing/.test(line)) return undefined;
  const entry = parseObject(line);
  const record = parseObject(entry?.['record']);
  const [, who, address, port, said] = CLIENT.exec(textOf(record, 'msg')) ?? [];
  if (who === undefined || address === undefined || port === undefined || said === undefined) return undefined;
  if (!REFUSED.test(said) && !REMEMBERED.test(said)) return undefined;
  const role = roles.find((one) => who.endsWith(`/${one}`));
  const at = timeOf(textOf(record, 'timestamp'), textOf(entry, 'ts'));
  if (role === undefined || Number.isNaN(at)) return undefined;
  return { role, at, client: address.replace(/^\[|\]$/g, ''), port };
}

/** Why PgBouncer's log lacks refused logins; undefined where the log has all of them. */
export function whySilent({ parameters }: Pick<PoolerFacts, 'parameters'>): string | undefined {
  const off = (name: string): boolean => parameters[name]?.trim() === '0';
  return off('log_pooler_errors') && off('log_disconnections')
    ? 'with log_pooler_errors: 0 and log_disconnections: 0 PgBouncer does not log whom it refuses'
    : undefined;
}
