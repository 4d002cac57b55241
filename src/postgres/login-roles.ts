import pg from 'pg';
import { GIVE_BACK_LOCK_MS } from '../domain/budgets.ts';
import { GIVEN_ALONE, GIVING, judgedObjects } from './held-by-logins.ts';
import { block, inDatabase } from './psql.ts';

/** A script prints this when it is done. */
export const DONE = 'cnpg-rotator: done';

const ON_PRIMARY = `DO $primary$
BEGIN
  IF pg_is_in_recovery() THEN
    RAISE EXCEPTION 'this instance is not the primary';
  END IF;
END
$primary$;`;

/**
 * SQL for `psql` that makes a login role act as the owner from its first statement on, so that the owner owns what the
 * login role creates. The owner's own settings (`ALTER ROLE … SET`) are copied to the login role: PostgreSQL applies
 * such settings only to the role that logs in. Running the script twice has the same result.
 */
export function actAsOwnerScript(owner: string, logins: readonly string[]): string {
  const [ownerText, ownerName] = [pg.escapeLiteral(owner), pg.escapeIdentifier(owner)];
  const one = (login: string): string => `${block(`DECLARE
  setting record;
BEGIN
  FOR setting IN
    SELECT d.datname, split_part(pair, '=', 1) AS name, substr(pair, strpos(pair, '=') + 1) AS value
      FROM pg_catalog.pg_db_role_setting s
      JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
      LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
     CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS pair
     WHERE r.rolname = ${ownerText} AND split_part(pair, '=', 1) <> 'role'
  LOOP
    -- FROM CURRENT takes lists such as search_path as they are, which no quoting of ours would.
    PERFORM pg_catalog.set_config(setting.name, setting.value, true);
    EXECUTE pg_catalog.format('ALTER ROLE %I %s SET %I FROM CURRENT', ${pg.escapeLiteral(login)},
      CASE WHEN setting.datname IS NULL THEN '' ELSE pg_catalog.format('IN DATABASE %I', setting.datname) END,
      setting.name);
  END LOOP;
END`)}
ALTER ROLE ${pg.escapeIdentifier(login)} SET role = ${ownerName};`;
  return `BEGIN;
${ON_PRIMARY}
${logins.map(one).join('\n')}
COMMIT;
\\echo '${DONE}'
\\q
`;
}

/** What PostgreSQL says when the wait for a lock was too long; the script asks for English. */
const TOO_LONG = /lock timeout/;

/** Whether a release stopped because somebody uses an object for long. What is released remains so. */
export function wasBusy(complaint: string): boolean {
  return TOO_LONG.test(complaint);
}

/**
 * SQL for `psql` that removes what would keep a login role from being dropped. Objects that the role owns, because a
 * session left the owner, go to the owner. Grants by name are revoked. Only roles that exist are changed.
 * What an application uses goes one by one, each in a transaction of its own: one transaction for all would keep the
 * application from every table while it waits for the last one.
 * @param databases every database in which the roles own or are granted something.
 */
export function releaseScript(owner: string, logins: readonly string[], databases: readonly string[]): string {
  const ifThere = (login: string, act: string): string =>
    `IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${pg.escapeLiteral(login)}) THEN
    ${act}
  END IF;
END`;
  const release = logins
    .flatMap((login) => [
      block(`DECLARE
  giving text;
BEGIN
  ${ifThere(
    login,
    `FOR giving IN ${judgedObjects(owner, [login])} SELECT ${GIVING} FROM judged WHERE ${GIVEN_ALONE}
    LOOP
      EXECUTE giving;
      COMMIT;
    END LOOP;`,
  )}`),
      block(`BEGIN
  ${ifThere(
    login,
    `REASSIGN OWNED BY ${pg.escapeIdentifier(login)} TO ${pg.escapeIdentifier(owner)};
    DROP OWNED BY ${pg.escapeIdentifier(login)};`,
  )}`),
    ])
    .join('\n');
  const all = ['postgres', ...databases.filter((name) => name !== 'postgres')];
  const one = (database: string): string => `${inDatabase(database)}
SET lock_timeout = ${GIVE_BACK_LOCK_MS};
SET lc_messages = 'C';
${release}`;
  return `${ON_PRIMARY}
${all.map(one).join('\n')}
\\echo '${DONE}'
\\q
`;
}

/** SQL for `psql` that drops released login roles which nothing declares any more. */
export function dropScript(logins: readonly string[]): string {
  return `${ON_PRIMARY}
${logins.map((login) => `DROP ROLE IF EXISTS ${pg.escapeIdentifier(login)};`).join('\n')}
\\echo '${DONE}'
\\q
`;
}
