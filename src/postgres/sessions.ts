import type { Credential } from '../domain/password.ts';
import { withLogin, type LoginTarget } from './login.ts';

export interface OldSessions {
  /** Sessions of the role that began before the moment. */
  readonly found: number;
  /** How many of them were ended. */
  readonly ended: number;
  /** Their client addresses, each once. */
  readonly clients: readonly string[];
}

/**
 * The role's sessions that are older than a moment: they logged in with the old password and live on. A role sees and
 * may end its own sessions.
 * @param before a time of the server's clock, RFC 3339.
 * @returns undefined when the credential is refused.
 */
export async function findOldSessions(
  target: LoginTarget,
  credential: Credential,
  { before, end }: { readonly before: string; readonly end: boolean },
): Promise<OldSessions | undefined> {
  const answer = await withLogin(target, credential, async (client) => {
    const { rows } = await client.query<{ client: string | null; ended: boolean }>(
      `SELECT host(client_addr) AS client, CASE WHEN $2 THEN pg_terminate_backend(pid) ELSE false END AS ended
         FROM pg_stat_activity
        WHERE usename = current_user AND pid <> pg_backend_pid() AND backend_start < $1::timestamptz`,
      [before, end],
    );
    return {
      found: rows.length,
      ended: rows.filter(({ ended }) => ended).length,
      clients: [...new Set(rows.map((row) => row.client ?? 'local'))].sort(),
    };
  });
  return 'sqlState' in answer ? undefined : answer;
}
