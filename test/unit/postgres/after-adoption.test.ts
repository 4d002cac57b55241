import net from 'node:net';
import pg from 'pg';
import { actAsOwnerScript } from '../../../src/postgres/login-roles.ts';
import { sqlStateOf } from '../../../src/postgres/login.ts';
import { LITELLM } from '../../harness/examples.ts';
import { TestPostgres } from '../../harness/activities/test-postgres.ts';

/* docs/after-adoption.md says what changes for an application. Each claim about PostgreSQL is tried here. */

const PASSWORD = 'of-the-application';
let postgres: TestPostgres;
let before: pg.Client;
let after: pg.Client;
let other: pg.Client;

async function logIn(user: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port: postgres.server.port },
    ...{ user, password: PASSWORD, database: LITELLM.database },
  });
  await client.connect();
  return client;
}

beforeAll(async () => {
  postgres = await TestPostgres.start();
  await postgres.accept(PASSWORD);
  await postgres.sql(
    'ALTER DATABASE litellm OWNER TO litellm',
    "ALTER ROLE litellm SET statement_timeout = '7s'",
    'ALTER ROLE litellm CREATEROLE CONNECTION LIMIT 1',
    ...['a', 'b'].map((end) => `CREATE ROLE litellm_${end} LOGIN PASSWORD '${PASSWORD}' IN ROLE litellm`),
  );
  before = await logIn('litellm');
  await before.query('CREATE SCHEMA litellm');
  const { succeeded, stderr } = await postgres.psql(
    LITELLM,
    '',
    actAsOwnerScript('litellm', ['litellm_a', 'litellm_b']),
  );
  if (!succeeded) throw new Error(stderr);
  after = await logIn('litellm_a');
  other = await logIn('litellm_a');
  await other.query("SELECT 'of the other session'");
}, 60_000);
afterAll(async () => {
  for (const client of [before, after, other]) await client.end();
  await postgres.stop();
});

/** The first value that the last statement answers, or the SQLSTATE with which PostgreSQL refuses it. */
async function ask(client: pg.Client, ...statements: readonly string[]): Promise<unknown> {
  await client.query('BEGIN');
  try {
    let answer: unknown;
    for (const statement of statements) {
      const { rows } = await client.query<unknown[]>({ text: statement, rowMode: 'array' });
      answer = rows[0]?.[0];
    }
    return answer;
  } catch (error) {
    return sqlStateOf(error);
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Statements with `USER` for the role in the application's URL; the answers before and after. */
type Claim = readonly [string, readonly string[], unknown, unknown];

const DENIED = '42501';

describe('an adoption changes for the application', () => {
  it.each<Claim>([
    ['session_user', ['SELECT session_user::text'], 'litellm', 'litellm_a'],
    ['SYSTEM_USER', ['SELECT SYSTEM_USER'], 'scram-sha-256:litellm', 'scram-sha-256:litellm_a'],
    ['the setting role', ["SELECT current_setting('role')"], 'none', 'litellm'],
    [
      'the query of its own session',
      ['SELECT left(query, 6) FROM pg_stat_activity WHERE pid = pg_backend_pid()'],
      'SELECT',
      '<insuf',
    ],
    ['SET SESSION AUTHORIZATION to the owner', ['SET SESSION AUTHORIZATION litellm', 'SELECT 1'], 1, DENIED],
    ['the role that SET ROLE NONE leads to', ['SET ROLE NONE', 'SELECT current_user::text'], 'litellm', 'litellm_a'],
    ['OWNER TO the URL’s user', ['CREATE TABLE o ()', 'ALTER TABLE o OWNER TO USER', 'SELECT 1'], 1, DENIED],
    ['CREATE SCHEMA AUTHORIZATION the URL’s user', ['CREATE SCHEMA s AUTHORIZATION USER', 'SELECT 1'], 1, DENIED],
    [
      'default privileges for the URL’s user',
      ['ALTER DEFAULT PRIVILEGES FOR ROLE USER GRANT SELECT ON TABLES TO PUBLIC', 'SELECT 1'],
      1,
      DENIED,
    ],
    ['the password of the URL’s user', ["ALTER ROLE USER PASSWORD 'another'", 'SELECT 1'], 1, DENIED],
    [
      'a grant to the URL’s user, which the other login role lacks',
      [
        'CREATE TABLE g ()',
        'GRANT SELECT ON g TO USER',
        "SELECT relacl::text LIKE '%litellm_a=%' FROM pg_class WHERE relname = 'g'",
      ],
      false,
      true,
    ],
    [
      'a policy for the URL’s user, which does not count for the owner',
      [
        'CREATE TABLE p (id int)',
        'INSERT INTO p VALUES (1)',
        'ALTER TABLE p ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
        'CREATE POLICY own ON p TO USER USING (true)',
        'SELECT count(*)::int FROM p',
      ],
      1,
      0,
    ],
  ])('%s', async (_, statements, was, is) => {
    const as = (user: string) => statements.map((one) => one.replaceAll('USER', one.includes('_USER') ? 'USER' : user));
    await expect(ask(before, ...as('litellm'))).resolves.toBe(was);
    await expect(ask(after, ...as('litellm_a'))).resolves.toBe(is);
  });

  it('which sessions it may see and end, until the owner may signal and see all', async () => {
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const pid = rows[0]?.pid ?? 0;
    const cancel = `SELECT pg_cancel_backend(${pid})`;
    const query = `SELECT query <> '<insufficient privilege>' FROM pg_stat_activity WHERE pid = ${pid}`;
    await expect(Promise.all([ask(after, cancel), ask(other, query)])).resolves.toEqual([DENIED, false]);
    await postgres.sql('GRANT pg_signal_backend, pg_read_all_stats TO litellm');
    await expect(ask(after, query)).resolves.toBe(true);
    await expect(ask(after, cancel)).resolves.toBe(true);
    await postgres.sql('REVOKE pg_signal_backend, pg_read_all_stats FROM litellm');
  });

  it('whose limit of connections counts: that of each login role', async () => {
    await expect(logIn('litellm')).rejects.toMatchObject({ code: '53300' });
    await postgres.sql('ALTER ROLE litellm_b CONNECTION LIMIT 1');
    const b = await logIn('litellm_b');
    await expect(logIn('litellm_b')).rejects.toMatchObject({ code: '53300' });
    await b.end();
  });

  it('whose settings count: the copies of the owner’s, and no later one of the owner', async () => {
    await postgres.sql("ALTER ROLE litellm SET work_mem = '11MB'");
    const late = await logIn('litellm_a');
    await expect(ask(late, 'SHOW statement_timeout')).resolves.toBe('7s');
    await expect(ask(late, 'SHOW work_mem')).resolves.toBe('4MB');
    await late.end();
    await postgres.sql('ALTER ROLE litellm RESET work_mem');
  });
});

describe('an adoption does not change for the application', () => {
  it.each<readonly [string, readonly string[], unknown]>([
    ['current_user', ['SELECT current_user::text'], 'litellm'],
    ['current_user after RESET ROLE', ['RESET ROLE', 'SELECT current_user::text'], 'litellm'],
    [
      'who owns what it creates',
      ['CREATE TABLE o ()', "SELECT tableowner::text FROM pg_tables WHERE tablename = 'o'"],
      'litellm',
    ],
    ['the schema that "$user" means', ['SELECT current_schema()::text'], 'litellm'],
    ['its right to create roles', ['CREATE ROLE made', 'SELECT 1'], 1],
    ['OWNER TO CURRENT_USER', ['CREATE TABLE o ()', 'ALTER TABLE o OWNER TO CURRENT_USER', 'SELECT 1'], 1],
    [
      'policies for the owner',
      [
        'CREATE TABLE p (id int)',
        'INSERT INTO p VALUES (1)',
        'ALTER TABLE p ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
        'CREATE POLICY own ON p TO litellm USING (id > 0)',
        'SELECT count(*)::int FROM p',
      ],
      1,
    ],
    [
      'default privileges',
      [
        'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC',
        'SELECT defaclrole::regrole::text FROM pg_default_acl',
      ],
      'litellm',
    ],
    [
      'the password that \\password of psql changes: the owner’s',
      ["ALTER ROLE CURRENT_USER PASSWORD 'x'", 'SELECT 1'],
      1,
    ],
    [
      'large objects',
      ['SELECT lo_create(4711)', 'SELECT lomowner::regrole::text FROM pg_largeobject_metadata'],
      'litellm',
    ],
  ])('%s', async (_, statements, answer) => {
    await expect(ask(before, ...statements)).resolves.toBe(answer);
    await expect(ask(after, ...statements)).resolves.toBe(answer);
  });

  it('the request for a cancellation that a driver sends', async () => {
    const asleep = after.query('SELECT pg_sleep(20)');
    const { processID, secretKey } = after as unknown as { processID: number; secretKey: number };
    const request = Buffer.alloc(16);
    [16, 80_877_102, processID, secretKey].forEach((field, index) => request.writeInt32BE(field, 4 * index));
    net.connect(postgres.server.port, '127.0.0.1').end(request);
    await expect(asleep).rejects.toMatchObject({ code: '57014' });
  });

  it('current_user after DISCARD ALL', async () => {
    await other.query('DISCARD ALL');
    await expect(ask(other, 'SELECT current_user::text')).resolves.toBe('litellm');
  });
});
