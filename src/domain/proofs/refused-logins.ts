import type { ClusterState } from '../cluster.ts';

/** The logins of a rotation's roles that PostgreSQL refused, counted from its own log. */
export interface RefusedLogins {
  readonly count: number;
  /** Present where PostgreSQL's log does not reach back to the beginning: more logins may have been refused. */
  readonly atLeast?: true;
  /** Why the count may be too low: reasons for which PostgreSQL's log does not show refused logins. */
  readonly uncountable?: readonly string[];
  readonly firstAt?: string;
  readonly lastAt?: string;
  /** From the first to the last refused login, in seconds: the window of the rotation. */
  readonly windowSeconds: number;
  /** Most first. */
  readonly byClient: readonly RefusedClient[];
}

/** A client, and how often PostgreSQL refused it. */
export interface RefusedClient {
  /** The client's address. */
  readonly client: string;
  /** The pod that has or had the address, if the pod is in the component's namespace. */
  readonly pod?: string;
  readonly role: string;
  readonly count: number;
  /** The Pooler whose PgBouncer refused the client; absent where PostgreSQL did. */
  readonly pooler?: string;
}

export interface RefusedLoginQuery {
  readonly roles: readonly string[];
  /** Earlier refusals do not count. Milliseconds since the epoch. */
  readonly since: number;
  /** Our own addresses: from them we log in to see that PostgreSQL refuses the other password. */
  readonly ownAddresses: ReadonlySet<string>;
  /** The pods by their addresses. */
  readonly pods: ReadonlyMap<string, string>;
}

/** Log levels of a CNPG Cluster at which its instances print nothing of PostgreSQL's log. */
const SILENT_LEVELS: readonly string[] = ['warning', 'error'];

/**
 * Why the logs do not show every refused login.
 * @param silent the Poolers without a log of refused logins, each with the reason.
 */
export function whyUncountable(
  cluster: Pick<ClusterState, 'logLevel' | 'logMinMessages'> | undefined,
  silent: readonly { readonly pooler: string; readonly because: string }[],
): readonly string[] {
  const { logLevel = '', logMinMessages = '' } = cluster ?? {};
  return [
    ...silent.map(({ pooler, because }) => `clients of Pooler ${pooler} log in at PgBouncer, and ${because}`),
    ...(SILENT_LEVELS.includes(logLevel)
      ? [`with spec.logLevel: ${logLevel} of the Cluster its instances do not print PostgreSQL's log`]
      : []),
    ...(logMinMessages.trim().toLowerCase() === 'panic'
      ? ['with log_min_messages: panic PostgreSQL does not log a refused login']
      : []),
  ];
}

/** `7`, `at least 7`, or `an unknown number of`. */
export function refusedCount({
  count,
  atLeast,
  uncountable,
}: Pick<RefusedLogins, 'count' | 'atLeast' | 'uncountable'>): string {
  if (uncountable !== undefined) return 'an unknown number of';
  return atLeast === true ? `at least ${count}` : String(count);
}

/** `invalid_password` and `invalid_authorization_specification`. */
const REFUSED: ReadonlySet<string> = new Set(['28P01', '28000']);

/** @param log the output of a CNPG instance's `postgres` container: one JSON object a line. */
export function countRefusedLogins(log: string, query: RefusedLoginQuery): RefusedLogins {
  return countRefusals(readRefusals(log, query), query.pods);
}

/** @param refusals the oldest first. */
export function countRefusals(refusals: readonly Refusal[], pods: RefusedLoginQuery['pods']): RefusedLogins {
  const first = refusals[0]?.at;
  const last = refusals.at(-1)?.at;
  return {
    count: refusals.length,
    windowSeconds: first === undefined || last === undefined ? 0 : (last - first) / 1_000,
    byClient: countByClient(refusals, pods),
    ...(first !== undefined && { firstAt: new Date(first).toISOString() }),
    ...(last !== undefined && { lastAt: new Date(last).toISOString() }),
  };
}

/** The refused logins themselves, the oldest first. */
export function readRefusals(log: string, query: Omit<RefusedLoginQuery, 'pods'>): readonly Refusal[] {
  return log
    .split('\n')
    .map(parseRefusal)
    .filter((refusal) => refusal !== undefined)
    .filter((refusal) => isMeant(refusal, query))
    .sort((a, b) => a.at - b.at);
}

export function isMeant({ role, at, client }: Refusal, query: Omit<RefusedLoginQuery, 'pods'>): boolean {
  return query.roles.includes(role) && at >= query.since && !query.ownAddresses.has(client);
}

function countByClient(refusals: readonly Refusal[], pods: RefusedLoginQuery['pods']): readonly RefusedClient[] {
  const clients = new Map<string, RefusedClient>();
  for (const { client, role, pooler } of refusals) {
    const key = `${client} ${role} ${pooler ?? ''}`;
    const pod = pods.get(client);
    const count = (clients.get(key)?.count ?? 0) + 1;
    clients.set(key, { client, role, count, pod, ...(pooler !== undefined && { pooler }) });
  }
  return [...clients.values()].sort((a, b) => b.count - a.count);
}

/** One refused login. */
export interface Refusal {
  readonly role: string;
  /** By PostgreSQL's clock, in milliseconds since the epoch. */
  readonly at: number;
  /** The client's address. */
  readonly client: string;
  /** The Pooler whose PgBouncer refused the client; absent where PostgreSQL did. */
  readonly pooler?: string;
}

function parseRefusal(line: string): Refusal | undefined {
  // Most lines are no refused logins: parsing all lines would take most of the time.
  if (!line.includes('"sql_state_code":"28')) return undefined;
  const entry = parseObject(line);
  const record = parseObject(entry?.['record']);
  if (entry?.['logger'] !== 'postgres' || !REFUSED.has(textOf(record, 'sql_state_code'))) return undefined;
  const at = timeOf(textOf(record, 'log_time'), textOf(entry, 'ts'));
  // `10.244.0.7:53124`; a Unix socket is `[local]`.
  const client = textOf(record, 'connection_from').replace(/:\d+$/, '');
  return Number.isNaN(at) ? undefined : { role: textOf(record, 'user_name'), at, client };
}

export function textOf(object: Record<string, unknown> | undefined, key: string): string {
  const value = object?.[key];
  return typeof value === 'string' ? value : '';
}

/** The time in the program's line if it is in UTC, else the time at which CNPG's manager printed the line. */
export function timeOf(logTime: string, passedOn: string): number {
  const utc = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d+) UTC$/.exec(logTime);
  return Date.parse(utc === null ? passedOn : `${utc[1] ?? ''}T${utc[2] ?? ''}Z`);
}

export function parseObject(value: unknown): Record<string, unknown> | undefined {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  if (typeof value !== 'string') return undefined;
  try {
    return parseObject(JSON.parse(value) as unknown);
  } catch {
    return undefined;
  }
}
