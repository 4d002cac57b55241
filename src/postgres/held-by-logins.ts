import pg from 'pg';
import { z } from 'zod';
import { RotationError } from '../domain/failures.ts';
import type { HeldByLogins } from '../domain/ownership.ts';
import type { Credential } from '../domain/password.ts';
import { withLogin, type LoginTarget } from './login.ts';
import { inDatabase, OWN_SEARCH_PATH, OWN_SESSION } from './psql.ts';

const held = z.array(
  z.object({
    role: z.string(),
    database: z
      .string()
      .nullable()
      .transform((name) => name ?? undefined),
    kind: z.string(),
    returnable: z.boolean(),
    objects: z.int(),
    names: z.array(z.string()),
    statements: z.array(z.string()),
  }),
);
const shared = z.object({ serverVersion: z.int(), held });

/** Kinds that a role gives away by `ALTER … OWNER TO` without a right beyond `CREATE` on their schema. */
const RETURNABLE = ['table', 'sequence', 'view', 'materialized view', 'foreign table', 'function', 'procedure']
  .concat('aggregate', 'type')
  .map((kind) => `'${kind}'`)
  .join(', ');

/**
 * The statement that gives an object of such a kind, of the row `judged`, to the owner. `ALTER AGGREGATE` wants `(*)` for
 * no argument, and `ALTER ROUTINE` takes every routine as PostgreSQL writes it.
 */
export const GIVING = `format('ALTER %s %s OWNER TO %I',
         CASE WHEN kind IN ('function', 'procedure', 'aggregate') THEN 'ROUTINE' ELSE upper(kind) END, identity, owner_name)`;
/** Owned here, and of such a kind: a superuser gives it in a statement of its own. */
export const GIVEN_ALONE = `deptype = 'o' AND here AND kind IN (${RETURNABLE})`;

/** So many names and statements of one kind are kept. */
const MOST_NAMES = 5;
const MOST_STATEMENTS = 20;

/**
 * The statements that make the default privileges of the row `described` those of the owner. An entry for every schema
 * has what PostgreSQL gives anyway too, such as EXECUTE to PUBLIC, and may lack some of it: what differs is moved.
 */
const DEFAULT_PRIVILEGES = `(
             SELECT string_agg(format(
                      CASE sign WHEN '+' THEN
                        'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I%3$s GRANT %4$s ON %5$s TO %6$s%8$s; '
                        'ALTER DEFAULT PRIVILEGES FOR ROLE %2$I%3$s REVOKE ALL ON %5$s FROM %7$s'
                      ELSE
                        'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I%3$s REVOKE %4$s ON %5$s FROM %6$s; '
                        'ALTER DEFAULT PRIVILEGES FOR ROLE %2$I%3$s GRANT %4$s ON %5$s TO %7$s'
                      END, owner_name, rolname, place, moved.rights, class,
                      CASE moved.grantee WHEN described.oid THEN quote_ident(owner_name) ELSE moved.whom END, moved.whom,
                      CASE WHEN moved.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), '; ' ORDER BY moved.whom, sign)
               FROM (SELECT coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '') AS place, d.defaclacl AS has,
                            CASE WHEN n.oid IS NULL THEN acldefault(
                              CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END AS usual,
                            CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                              WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS class
                       FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
                      WHERE d.oid = objid) AS entry
              CROSS JOIN LATERAL (
                SELECT sign, grantee, coalesce(quote_ident(r.rolname), 'PUBLIC') AS whom, is_grantable,
                       string_agg(privilege_type, ', ' ORDER BY privilege_type) AS rights
                  FROM (SELECT '+' AS sign, more.* FROM (
                          SELECT grantee, privilege_type, is_grantable FROM aclexplode(has) EXCEPT
                          SELECT grantee, privilege_type, is_grantable FROM aclexplode(usual)) AS more
                        UNION ALL
                        SELECT '-', less.* FROM (
                          SELECT grantee, privilege_type, is_grantable FROM aclexplode(usual) EXCEPT
                          SELECT grantee, privilege_type, is_grantable FROM aclexplode(has)) AS less) AS difference
                  LEFT JOIN pg_roles r ON r.oid = grantee
                 GROUP BY sign, grantee, whom, is_grantable) AS moved)`;

/**
 * The common table expressions of every look. `judged` has one row for each object that a login role holds, with the
 * SQL that frees the object. Everybody may read `pg_shdepend`, for every database of the server; only the names of
 * another database's objects stay unknown. Composite types are listed by their type, sequences of a column by their
 * table, and temporary objects end with their session. The OIDs of another database mean nothing in this one.
 */
export function judgedObjects(owner: string, logins: readonly string[]): string {
  const names = logins.map((name) => pg.escapeLiteral(name)).join(', ');
  return `WITH login AS (
  SELECT r.oid, r.rolname, o.oid AS owner, o.rolname AS owner_name,
         pg_has_role(r.oid, o.oid, 'USAGE') AND pg_has_role(r.oid, o.oid,
           CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END) AS may_give
    FROM pg_roles r JOIN pg_roles o ON o.rolname = ${pg.escapeLiteral(owner)}
   WHERE r.rolname IN (${names})
), dependent AS (
  SELECT login.*, s.classid, s.objid, s.deptype, d.datname, s.dbid IN (0, here.oid) AS here
    FROM pg_shdepend s JOIN login ON login.oid = s.refobjid
    JOIN pg_database here ON here.datname = current_database()
    LEFT JOIN pg_database d ON d.oid = s.dbid
   WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype IN ('o', 'r')
     AND NOT (s.dbid = here.oid AND s.classid = 'pg_class'::regclass AND EXISTS (
       SELECT FROM pg_class c WHERE c.oid = s.objid AND (c.relkind = 'c' OR c.relpersistence = 't'
          OR c.relkind = 'S' AND EXISTS (
            SELECT FROM pg_depend x WHERE x.classid = s.classid AND x.objid = s.objid AND x.deptype IN ('a', 'i')
               AND x.refclassid = s.classid AND x.refobjsubid > 0))))
), described AS (
  SELECT dependent.*, i.schema, i.identity,
         CASE WHEN deptype = 'r' THEN 'policy'
              WHEN classid = 'pg_default_acl'::regclass THEN 'default privileges'
              WHEN classid = 'pg_user_mapping'::regclass THEN 'user mapping'
              ELSE coalesce(i.type, 'object') END AS kind
    FROM dependent
    LEFT JOIN LATERAL pg_identify_object(CASE WHEN here THEN classid END, objid, 0) AS i ON true
   WHERE i.schema IS NULL OR i.schema !~ '^pg_temp'
), judged AS (
  SELECT described.*,
         ${GIVEN_ALONE} AND may_give
           AND NOT EXISTS (SELECT FROM pg_depend x
                            WHERE x.classid = described.classid AND x.objid = described.objid AND x.deptype = 'e')
           AND EXISTS (SELECT FROM pg_namespace n
                        WHERE quote_ident(n.nspname) = schema AND has_schema_privilege(described.owner, n.oid, 'CREATE')) AS returnable,
         CASE CASE WHEN here THEN kind END
           WHEN 'policy' THEN (
             SELECT format('ALTER POLICY %s TO %s', identity, string_agg(DISTINCT
                      quote_ident(CASE WHEN r.rolname IN (${names}) THEN owner_name ELSE r.rolname END), ', '))
               FROM pg_policy p CROSS JOIN LATERAL unnest(p.polroles) AS named JOIN pg_roles r ON r.oid = named
              WHERE p.oid = objid)
           WHEN 'default privileges' THEN ${DEFAULT_PRIVILEGES}
           WHEN 'user mapping' THEN (
             SELECT format('CREATE USER MAPPING FOR %1$I SERVER %2$I OPTIONS (user ''…'', password ''…''); '
                      'DROP USER MAPPING FOR %3$I SERVER %2$I', owner_name, srvname, rolname)
               FROM pg_user_mappings WHERE umid = objid)
         END AS statement
    FROM described
)`;
}

/** The question about everything that PostgreSQL shows to everybody; one row of JSON. */
function sharedQuestion(owner: string, logins: readonly string[]): string {
  return `${judgedObjects(owner, logins)}
SELECT jsonb_build_object('serverVersion', current_setting('server_version_num')::int, 'held', coalesce((
  SELECT jsonb_agg(jsonb_build_object('role', rolname, 'database', datname, 'kind', kind, 'returnable', returnable,
           'objects', objects, 'names', to_jsonb(coalesce(names, '{}')), 'statements', to_jsonb(coalesce(statements, '{}')))
           ORDER BY rolname, datname, kind, returnable)
    FROM (SELECT rolname, datname, kind, returnable, count(*) AS objects,
                 (array_agg(identity ORDER BY identity) FILTER (WHERE identity IS NOT NULL))[1:${MOST_NAMES}] AS names,
                 (array_agg(statement ORDER BY identity) FILTER (WHERE statement IS NOT NULL))[1:${MOST_STATEMENTS}]
                   AS statements
            FROM judged GROUP BY rolname, datname, kind, returnable) AS groups), '[]')) AS seen`;
}

/** Whoever may not use the schema `cron` may not ask for `cron.job` by name. */
export const HAS_CRON = `EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'cron' AND c.relname = 'job')`;
/** pg_cron keeps the jobs of all databases in one, `postgres` by default. Everybody sees that its scheduler runs. */
const CRON_RUNS = `EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pg_cron scheduler')`;

/** The objects that hide from an ordinary role whether they name a login role. */
const UNSEEN = `SELECT ARRAY(
  SELECT what FROM (VALUES
    (EXISTS (SELECT FROM pg_user_mappings WHERE umoptions IS NULL), 'the options of user mappings'),
    (EXISTS (SELECT FROM pg_subscription), 'the connection strings of subscriptions'),
    (${HAS_CRON} OR ${CRON_RUNS}, 'the jobs of pg_cron')) AS hidden(here, what) WHERE here) AS unseen`;

/**
 * What the login roles hold, as far as the credential's role may see it.
 * @returns undefined when the credential is refused.
 */
export async function readHeldByLogins(
  target: LoginTarget,
  credential: Credential,
  owner: string,
  logins: readonly string[],
): Promise<HeldByLogins | undefined> {
  const answer = await withLogin(target, credential, async (client) => {
    await client.query(OWN_SEARCH_PATH);
    const { rows } = await client.query<{ seen: unknown }>(sharedQuestion(owner, logins));
    const hidden = await client.query<{ unseen: string[] }>(UNSEEN);
    return { ...shared.parse(rows[0]?.seen), unseen: hidden.rows[0]?.unseen ?? [] };
  });
  return 'sqlState' in answer ? undefined : answer;
}

/**
 * SQL for `psql` that reads the same as the superuser, and what hides from others; changes nothing. It prints two lines
 * of JSON. A connection string or an option is compared in PostgreSQL and never printed.
 */
export function heldByLoginsScript(owner: string, logins: readonly string[], database: string): string {
  const names = logins.map((name) => pg.escapeLiteral(name)).join(', ');
  const inText = logins
    .map((name) => `(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(connectionPattern(name))})`)
    .join(', ');
  return `${OWN_SESSION}
${cronJobs('cron_jobs', names)}
${inDatabase(database)}
${sharedQuestion(owner, logins)};
${database === 'postgres' ? '\\set own_cron_jobs NULL' : cronJobs('own_cron_jobs', names)}
SELECT jsonb_build_object('held', coalesce(jsonb_agg(to_jsonb(mentions)), '[]')) FROM (
  SELECT role, current_database() AS database, 'options of a user mapping' AS kind, false AS returnable,
         count(*) AS objects, (array_agg(srvname::text ORDER BY srvname))[1:${MOST_NAMES}] AS names, '{}'::text[] AS statements
    FROM pg_user_mappings JOIN (VALUES ${inText}) AS login(role, pattern) ON umoptions && ARRAY['user=' || role]
   GROUP BY role
  UNION ALL
  SELECT role, d.datname, 'connection string', false, count(*),
         (array_agg('of subscription ' || quote_ident(subname) ORDER BY subname))[1:${MOST_NAMES}], '{}'
    FROM pg_subscription JOIN pg_database d ON d.oid = subdbid
    JOIN (VALUES ${inText}) AS login(role, pattern) ON subconninfo ~ pattern
   GROUP BY role, d.datname
  UNION ALL
  SELECT role, kept_in, 'job of pg_cron', false, objects, names,
         ARRAY[format('UPDATE cron.job SET username = %L WHERE username = %L', ${pg.escapeLiteral(owner)}, role)]
    FROM (VALUES (:cron_jobs::jsonb, 'postgres'), (:own_cron_jobs::jsonb, current_database())) AS found(jobs, kept_in)
   CROSS JOIN LATERAL jsonb_to_recordset(coalesce(jobs, '[]')) AS job(role text, objects bigint, names text[])
) AS mentions;
\\q
`;
}

/** Reads the jobs of pg_cron, where this database has any, into a variable of psql. */
function cronJobs(variable: string, names: string): string {
  return `SELECT ${HAS_CRON} AS has_cron \\gset
\\set ${variable} NULL
\\if :has_cron
SELECT quote_literal(coalesce(jsonb_agg(to_jsonb(jobs)), '[]')) AS ${variable} FROM (
  SELECT username AS role, count(*) AS objects, (array_agg(jobid::text ORDER BY jobid))[1:${MOST_NAMES}] AS names
    FROM cron.job WHERE username IN (${names}) GROUP BY username) AS jobs \\gset
\\endif`;
}

/** The name as the user of a connection string: `user=name`, `user = 'na\'me'` or `//na%20me:…@`. */
function connectionPattern(name: string): string {
  const inRegex = (text: string): string => text.replace(/[^\p{L}\p{N}_]/gu, '\\$&');
  const written = new Set([name, name.replace(/[\\']/g, '\\$&'), encodeURIComponent(name)].map(inRegex));
  return `(user\\s*=\\s*'?|//)(${[...written].join('|')})('|\\s|:|@|$)`;
}

/** @throws RotationError `DatabaseUnread` when the output is not the script's. */
export function parseHeldByLogins(stdout: string): HeldByLogins {
  try {
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    const [everybody, superuser] = lines.map((line): unknown => JSON.parse(line));
    const seen = shared.parse(everybody);
    return { ...seen, held: [...seen.held, ...z.object({ held }).parse(superuser).held], unseen: [] };
  } catch {
    throw new RotationError('DatabaseUnread', 'psql answered, but not as its script says.');
  }
}
