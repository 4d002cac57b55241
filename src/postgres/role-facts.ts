import pg from 'pg';
import { z } from 'zod';
import type { DatabaseFacts } from '../domain/adopt/index.ts';
import { RotationError } from '../domain/failures.ts';

const role = z.object({
  name: z.string(),
  superuser: z.boolean(),
  replication: z.boolean(),
  owns: z.int(),
  memberOf: z.array(z.string()),
});

const answers = z.tuple([
  z.object({
    roles: z.array(role),
    ownedIn: z.array(z.object({ database: z.string(), objects: z.int() })),
    sessions: z.array(z.object({ database: z.string(), sessions: z.int() })),
    serverVersion: z.int(),
    roleResets: z.array(z.string()),
  }),
  z.object({
    cronJobsThatLogIn: z.int(),
    mappingsAsOwner: z.array(z.string()),
    sessionUserIn: z.array(z.string()),
  }),
]);

/**
 * SQL for `psql` that reads the facts by which an adoption is judged; changes nothing. It prints two lines of JSON: for
 * the whole server, then for the component's database.
 */
export function roleFactsScript(owner: string, others: readonly string[], database: string): string {
  const all = [owner, ...others].map((name) => pg.escapeLiteral(name)).join(', ');
  const own = pg.escapeLiteral(owner);
  return `SELECT jsonb_build_object(
  'roles', (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'name', rolname, 'superuser', rolsuper, 'replication', rolreplication,
      'owns', (SELECT count(*) FROM pg_shdepend
                WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid AND deptype = 'o'),
      'memberOf', (SELECT coalesce(jsonb_agg(DISTINCT roleid::regrole::name ORDER BY roleid::regrole::name), '[]')
                     FROM pg_auth_members WHERE member = r.oid))), '[]')
    FROM pg_roles r WHERE rolname IN (${all})),
  'ownedIn', (SELECT coalesce(jsonb_agg(jsonb_build_object('database', database, 'objects', objects)), '[]') FROM (
    SELECT d.datname AS database, count(*) AS objects
      FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
      JOIN pg_database d ON d.oid = CASE WHEN s.classid = 'pg_database'::regclass THEN s.objid ELSE s.dbid END
     WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND r.rolname = ${own}
     GROUP BY d.datname ORDER BY d.datname) AS owned),
  'sessions', (SELECT coalesce(jsonb_agg(jsonb_build_object('database', database, 'sessions', sessions)), '[]') FROM (
    SELECT datname AS database, count(*) AS sessions
      FROM pg_stat_activity WHERE usename = ${own} AND datname IS NOT NULL
     GROUP BY datname ORDER BY datname) AS busy),
  'serverVersion', current_setting('server_version_num')::int,
  'roleResets', (SELECT coalesce(jsonb_agg(DISTINCT statement), '[]') FROM (
    SELECT upper(regexp_replace(trim(query, E' ;\\n\\t'), '\\s+', ' ', 'g')) AS statement
      FROM pg_stat_activity WHERE usename = ${own}) AS last
   WHERE statement ~ '^(DISCARD ALL|RESET ALL|RESET ROLE|SET (SESSION )?ROLE (TO )?NONE|SET SESSION AUTHORIZATION DEFAULT)$'));
\\connect ${pg.escapeIdentifier(database)}
SELECT to_regclass('cron.job') IS NOT NULL AS has_cron \\gset
\\set cron_jobs 0
\\if :has_cron
SELECT count(*) AS cron_jobs FROM cron.job
 WHERE username = ${own} AND current_setting('cron.use_background_workers', true) IS DISTINCT FROM 'on' \\gset
\\endif
SELECT jsonb_build_object(
  'cronJobsThatLogIn', :cron_jobs,
  'mappingsAsOwner', (SELECT coalesce(jsonb_agg(DISTINCT srvname), '[]') FROM pg_user_mappings
                       WHERE umoptions && ARRAY['user=' || ${own}]),
  'sessionUserIn', (SELECT coalesce(jsonb_agg(DISTINCT name), '[]') FROM (
    SELECT 'function ' || p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname !~ '^(pg_|information_schema$)' AND p.prosrc ~* '\\ysession_user\\y'
       AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
    UNION ALL
    SELECT format('policy "%s" of %s', polname, polrelid::regclass) FROM pg_policy
     WHERE pg_get_expr(polqual, polrelid) ~* 'session_user' OR pg_get_expr(polwithcheck, polrelid) ~* 'session_user'
  ) AS askers));
\\q
`;
}

/** @throws RotationError `DatabaseUnread` when the output is not the script's. */
export function parseRoleFacts(stdout: string): DatabaseFacts {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  try {
    const [server, database] = answers.parse(lines.map((line): unknown => JSON.parse(line)));
    return { ...server, ...database };
  } catch {
    throw new RotationError('DatabaseUnread', 'psql answered, but not as its script says.');
  }
}
