import type { Credential } from '../domain/password.ts';
import type { ActingRole } from '../domain/preflight/index.ts';
import { APPLICATION_NAME, withLogin, type LoginTarget } from './login.ts';

/**
 * Which of the roles exist, and which role their sessions act as. Every user may read this.
 * @returns undefined when the credential is refused.
 */
export async function readActingRoles(
  target: LoginTarget,
  credential: Credential,
  names: readonly string[],
): Promise<readonly ActingRole[] | undefined> {
  const answer = await withLogin(target, credential, async (client) => {
    // A setting for the database wins over a setting for the whole server.
    const { rows } = await client.query<{ name: string; acts_as: string | null; sessions: number }>(
      `SELECT role.rolname AS name,
              (SELECT substr(setting, length('role=') + 1)
                 FROM pg_db_role_setting, unnest(setconfig) AS setting
                WHERE setrole = role.oid AND setting LIKE 'role=%'
                  AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
                ORDER BY setdatabase DESC LIMIT 1) AS acts_as,
              (SELECT count(*)::int FROM pg_stat_activity
                WHERE usename = role.rolname AND application_name IS DISTINCT FROM $2) AS sessions
         FROM pg_roles AS role WHERE role.rolname = ANY($1)`,
      [names, APPLICATION_NAME],
    );
    return {
      roles: rows.map(({ name, acts_as: actsAs, sessions }) => ({
        name,
        sessions,
        ...(actsAs !== null && { actsAs }),
      })),
    };
  });
  return 'sqlState' in answer ? undefined : answer.roles;
}
