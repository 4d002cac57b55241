import { createHash } from 'node:crypto';
import type { Credential } from '../domain/password.ts';
import type { ActingRole } from '../domain/preflight/index.ts';
import { APPLICATION_NAME, withLogin, type LoginTarget } from './login.ts';
import { OWN_SEARCH_PATH } from './psql.ts';

interface Row {
  readonly name: string;
  readonly settings: readonly string[];
  readonly sessions: number;
  readonly connection_limit: number;
  readonly member_of: readonly string[];
}

/**
 * Which of the roles exist, which role their sessions act as, and what else they have. Every user may read this.
 * @returns undefined when the credential is refused.
 */
export async function readActingRoles(
  target: LoginTarget,
  credential: Credential,
  names: readonly string[],
): Promise<readonly ActingRole[] | undefined> {
  const answer = await withLogin(target, credential, async (client) => {
    await client.query(OWN_SEARCH_PATH);
    // A setting for the database wins over a setting for the whole server, so it comes later.
    const { rows } = await client.query<Row>(
      `SELECT role.rolname AS name, role.rolconnlimit AS connection_limit,
              ARRAY(SELECT setting FROM pg_db_role_setting CROSS JOIN LATERAL unnest(setconfig) AS setting
                     WHERE setrole = role.oid
                       AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
                     ORDER BY setdatabase) AS settings,
              ARRAY(SELECT DISTINCT of_role.rolname::text FROM pg_auth_members JOIN pg_roles AS of_role ON of_role.oid = roleid
                     WHERE member = role.oid ORDER BY 1) AS member_of,
              (SELECT count(*)::int FROM pg_stat_activity
                WHERE usename = role.rolname AND application_name IS DISTINCT FROM $2) AS sessions
         FROM pg_roles AS role WHERE role.rolname = ANY($1)`,
      [names, APPLICATION_NAME],
    );
    return { roles: rows.map(toActingRole) };
  });
  return 'sqlState' in answer ? undefined : answer.roles;
}

function toActingRole({ name, settings, sessions, connection_limit, member_of }: Row): ActingRole {
  const { role: actsAs, ...others } = Object.fromEntries(
    settings.map((setting): [string, string] => {
      const end = setting.indexOf('=');
      return [setting.slice(0, end), setting.slice(end + 1)];
    }),
  );
  const fingerprints = Object.entries(others).map(([one, value]) => [one, fingerprint(value)]);
  return {
    name,
    sessions,
    connectionLimit: connection_limit,
    memberOf: member_of,
    settings: Object.fromEntries(fingerprints) as Record<string, string>,
    ...(actsAs !== undefined && { actsAs }),
  };
}

function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('base64');
}
