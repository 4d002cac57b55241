import pg from 'pg';
import { z } from 'zod';
import type { DatabaseFacts } from '../domain/adopt/index.ts';
import { RotationError } from '../domain/failures.ts';
import { HAS_CRON } from './held-by-logins.ts';
import { inDatabase, OWN_SESSION } from './psql.ts';
import { SESSION_USERS, SIGNALLERS } from './session-users.ts';

const role = z.object({
  name: z.string(),
  superuser: z.boolean(),
  replication: z.boolean(),
  owns: z.int(),
  memberOf: z.array(z.string()),
  connectionLimit: z.int(),
});

const answers = z.tuple([
  z.object({
    roles: z.array(role),
    ownedIn: z.array(z.object({ database: z.string(), objects: z.int() })),
    loginsIn: z.array(z.object({ database: z.string(), connects: z.boolean() })),
    sessions: z.array(z.object({ database: z.string(), sessions: z.int() })),
    serverVersion: z.int(),
    roleResets: z.array(z.string()),
    otherDatabases: z.array(z.string()),
    ownerActsAs: z
      .object({ role: z.string(), setFor: z.string() })
      .nullable()
      .transform((found) => found ?? undefined),
  }),
  z.object({
    cronJobsThatLogIn: z.int(),
    mappingsAsOwner: z.array(z.string()),
    sessionUserIn: z.array(z.object({ name: z.string(), decides: z.boolean() })),
    loginTriggers: z.array(z.string()),
    signallers: z.array(z.string()),
  }),
]);

/**
 * The role that a session of the owner acts as by a setting. The setting of a role wins over that of all roles, then
 * that of a database over that of all databases.
 */
const ownerActsAs = (owner: string, database: string): string => `(
  SELECT jsonb_build_object('role', substr(setting, length('role=') + 1), 'setFor', concat_ws(' ',
      CASE WHEN setrole = 0 THEN 'every role' ELSE 'the role' END, 'in database ' || quote_ident(datname)))
    FROM pg_db_role_setting CROSS JOIN LATERAL unnest(setconfig) AS setting
    LEFT JOIN pg_roles r ON r.oid = setrole LEFT JOIN pg_database d ON d.oid = setdatabase
   WHERE setting LIKE 'role=%' AND (setrole = 0 OR rolname = ${owner}) AND (setdatabase = 0 OR datname = ${database})
   ORDER BY setrole <> 0 DESC, setdatabase <> 0 DESC LIMIT 1)`;

/** The foreign servers of a database whose user mapping logs in as the owner. */
const mappingsOf = (owner: string): string => `(SELECT coalesce(jsonb_agg(DISTINCT srvname), '[]') FROM pg_user_mappings
                       WHERE umoptions && ARRAY['user=' || ${owner}])`;

/**
 * SQL for `psql` that reads the facts by which an adoption is judged; changes nothing. It prints two lines of JSON: for
 * the whole server, then for the component's database.
 */
export function roleFactsScript(owner: string, others: readonly string[], database: string): string {
  const all = [owner, ...others].map((name) => pg.escapeLiteral(name)).join(', ');
  const own = pg.escapeLiteral(owner);
  return `${OWN_SESSION}
${cronJobs('cron_jobs', own)}
SELECT jsonb_build_object(
  'roles', (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'name', rolname, 'superuser', rolsuper, 'replication', rolreplication, 'connectionLimit', rolconnlimit,
      'owns', (SELECT count(*) FROM pg_shdepend
                WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid AND deptype = 'o'),
      'memberOf', (SELECT coalesce(jsonb_agg(DISTINCT g.rolname ORDER BY g.rolname), '[]')
                     FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid WHERE member = r.oid))), '[]')
    FROM pg_roles r WHERE rolname IN (${all})),
  'ownedIn', (SELECT coalesce(jsonb_agg(jsonb_build_object('database', database, 'objects', objects)), '[]') FROM (
    SELECT d.datname AS database, count(*) AS objects
      FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
      JOIN pg_database d ON d.oid = CASE WHEN s.classid = 'pg_database'::regclass THEN s.objid ELSE s.dbid END
     WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND r.rolname = ${own}
     GROUP BY d.datname ORDER BY d.datname) AS owned),
  'loginsIn', (SELECT coalesce(jsonb_agg(jsonb_build_object('database', datname, 'connects', datallowconn) ORDER BY datname), '[]')
    FROM pg_database WHERE oid IN (
      SELECT s.dbid FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
       WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname IN (${all}) AND r.rolname <> ${own})),
  'sessions', (SELECT coalesce(jsonb_agg(jsonb_build_object('database', database, 'sessions', sessions)), '[]') FROM (
    SELECT datname AS database, count(*) AS sessions
      FROM pg_stat_activity WHERE usename = ${own} AND datname IS NOT NULL
     GROUP BY datname ORDER BY datname) AS busy),
  'serverVersion', current_setting('server_version_num')::int,
  'roleResets', (SELECT coalesce(jsonb_agg(DISTINCT statement), '[]') FROM (
    SELECT upper(regexp_replace(trim(query, E' ;\\n\\t'), '\\s+', ' ', 'g')) AS statement
      FROM pg_stat_activity WHERE usename = ${own}) AS last
   WHERE statement ~ '^(DISCARD ALL|RESET ALL|RESET ROLE|SET (SESSION )?ROLE (TO )?NONE|SET SESSION AUTHORIZATION DEFAULT)$'),
  'otherDatabases', (SELECT coalesce(jsonb_agg(datname ORDER BY datname), '[]') FROM pg_database
                      WHERE datallowconn AND NOT datistemplate AND datname <> ${pg.escapeLiteral(database)}),
  'ownerActsAs', ${ownerActsAs(own, pg.escapeLiteral(database))});
${inDatabase(database)}
${database === 'postgres' ? '\\set own_cron_jobs 0' : cronJobs('own_cron_jobs', own)}
SELECT jsonb_build_object(
  'cronJobsThatLogIn', :cron_jobs + :own_cron_jobs,
  'mappingsAsOwner', ${mappingsOf(own)},
  'loginTriggers', (SELECT coalesce(jsonb_agg(evtname ORDER BY evtname), '[]') FROM pg_event_trigger
                     WHERE evtevent = 'login' AND evtenabled <> 'D'),
  'signallers', (SELECT coalesce(jsonb_agg(name), '[]') FROM (${SIGNALLERS}) AS found),
  'sessionUserIn', (SELECT coalesce(jsonb_agg(to_jsonb(askers)), '[]') FROM (${SESSION_USERS}) AS askers));
\\q
`;
}

/** Counts the jobs of pg_cron that log in as the role, where this database has any, into a variable of psql. */
function cronJobs(variable: string, role: string): string {
  return `SELECT ${HAS_CRON} AS has_cron \\gset
\\set ${variable} 0
\\if :has_cron
SELECT count(*) AS ${variable} FROM cron.job
 WHERE username = ${role} AND current_setting('cron.use_background_workers', true) IS DISTINCT FROM 'on' \\gset
\\endif`;
}

/** SQL for `psql` that looks for the owner's logins in other databases; it prints one line of JSON for each. */
export function mappingsScript(owner: string, databases: readonly string[]): string {
  return `${databases
    .map(
      (database) => `${inDatabase(database)}
SELECT jsonb_build_object('database', current_database(), 'servers', ${mappingsOf(pg.escapeLiteral(owner))});`,
    )
    .join('\n')}
\\q
`;
}

/** What the superuser was told, and the databases that were not looked at. */
export interface RoleFacts extends DatabaseFacts {
  readonly otherDatabases: readonly string[];
}

/** @throws RotationError `DatabaseUnread` when the output is not the script's. */
export function parseRoleFacts(stdout: string): RoleFacts {
  const [server, database] = parseLines(answers, stdout);
  return { ...server, ...database, mappingsElsewhere: [] };
}

/** @throws RotationError `DatabaseUnread` when the output is not the script's. */
export function parseMappings(stdout: string): DatabaseFacts['mappingsElsewhere'] {
  const found = parseLines(z.array(z.object({ database: z.string(), servers: z.array(z.string()) })), stdout);
  return found.flatMap(({ database, servers }) => servers.map((server) => ({ database, server })));
}

function parseLines<T>(schema: z.ZodType<T>, stdout: string): T {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  try {
    return schema.parse(lines.map((line): unknown => JSON.parse(line)));
  } catch {
    throw new RotationError('DatabaseUnread', 'psql answered, but not as its script says.');
  }
}
