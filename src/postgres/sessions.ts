import type { ClientSessions } from '../domain/consumers/clients.ts';
import type { Credential, Password } from '../domain/password.ts';
import { redact } from '../domain/text/redact.ts';
import { APPLICATION_NAME, withLogin, type LoginTarget } from './login.ts';

export interface SessionQuery {
  /** The role whose sessions are meant. */
  readonly role: string;
  /** Only sessions that began before this time of the server's clock, RFC 3339. */
  readonly before?: string;
  /** Without sessions from these client addresses. */
  readonly notFrom?: readonly string[];
  /** Without sessions from these addresses that have been idle for a while: PgBouncer keeps connections that nobody uses. */
  readonly notIdleFrom?: readonly string[];
  /** Whether to end the sessions. */
  readonly end: boolean;
  /** Passwords that no name may show, besides the credential's: an old session may have the other one in its name. */
  readonly hidden?: readonly Password[];
}

export interface Sessions {
  readonly found: number;
  /** How many sessions were ended. */
  readonly ended: number;
  /** The sessions' client addresses, each once, as far as the credential's role may see them. */
  readonly clients: readonly string[];
  /** The sessions that were not ended, by client, as far as the credential's role may see them. */
  readonly byClient: readonly ClientSessions[];
}

interface Row {
  readonly client: string | null;
  readonly application_name: string | null;
  readonly began: number | null;
  readonly ended: boolean;
}

/** A client in PgBouncer's session mode may think so long between two statements without being taken for nobody. */
const IDLE_SECONDS = 5;

/**
 * The sessions of a role over the network, without our own. Every role may count them. The credential's role decides
 * whether their addresses are visible and whether they may be ended: a role sees and ends its own sessions.
 * @returns undefined when the credential is refused.
 */
export async function findSessions(
  target: LoginTarget,
  credential: Credential,
  { role, before, notFrom = [], notIdleFrom = [], end, hidden = [] }: SessionQuery,
): Promise<Sessions | undefined> {
  const answer = await withLogin(target, credential, async (client) => {
    // A role that acts as another role has that role's rights until `SET ROLE NONE`.
    await client.query('SET ROLE NONE');
    // PostgreSQL shows the beginning of a session to those alone who may see its address.
    const { rows } = await client.query<Row>(
      `SELECT host(client_addr) AS client, application_name, extract(epoch FROM backend_start)::float8 AS began,
              CASE WHEN $2 THEN pg_terminate_backend(pid) ELSE false END AS ended
         FROM pg_stat_activity
        WHERE usename = $3 AND pid <> pg_backend_pid() AND application_name IS DISTINCT FROM $4
          -- CNPG's own sessions come by the Unix socket, which asks for no password.
          AND client_port IS DISTINCT FROM -1
          AND ($1::timestamptz IS NULL OR backend_start < $1::timestamptz)
          AND COALESCE(host(client_addr) <> ALL ($5::text[]), true)
          AND COALESCE(NOT (host(client_addr) = ANY ($6::text[]) AND state = 'idle'
                            AND state_change < clock_timestamp() - make_interval(secs => $7)), true)`,
      [before ?? null, end, role, APPLICATION_NAME, notFrom, notIdleFrom, IDLE_SECONDS],
    );
    return {
      found: rows.length,
      ended: rows.filter(({ ended }) => ended).length,
      clients: [...new Set(rows.flatMap((row) => row.client ?? []))].sort(),
      byClient: byClient(
        role,
        rows.filter(({ ended }) => !ended),
        [credential.password, ...hidden],
      ),
    };
  });
  return 'sqlState' in answer ? undefined : answer;
}

/** One entry for each address and name, the oldest first. The name is the client's own text, so it is redacted. */
function byClient(role: string, rows: readonly Row[], hidden: readonly Password[]): readonly ClientSessions[] {
  const clients = new Map<string, ClientSessions>();
  const visible = rows.flatMap((row) => (row.began === null ? [] : [{ ...row, began: row.began }]));
  for (const { client, application_name, began } of visible.sort((a, b) => a.began - b.began)) {
    const name = redact(application_name ?? '', hidden).trim();
    const key = `${client ?? ''} ${name}`;
    const known = clients.get(key);
    clients.set(key, {
      ...(client !== null && { address: client }),
      ...(name !== '' && { applicationName: name }),
      role,
      sessions: (known?.sessions ?? 0) + 1,
      since: known?.since ?? new Date(began * 1_000).toISOString(),
    });
  }
  return [...clients.values()];
}
