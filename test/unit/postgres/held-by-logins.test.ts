import type { HeldByLogins } from '../../../src/domain/ownership.ts';
import { Password } from '../../../src/domain/password.ts';
import { giveBackObjects } from '../../../src/postgres/give-back.ts';
import { heldByLoginsScript, parseHeldByLogins, readHeldByLogins } from '../../../src/postgres/held-by-logins.ts';
import { LITELLM } from '../../harness/examples.ts';
import { AS_A, CREDENTIAL, LOGINS, PostgresOfLoginRoles } from '../../harness/activities/postgres-of-login-roles.ts';
import type { TestPostgres } from '../../harness/activities/test-postgres.ts';

let postgres: TestPostgres;

beforeAll(async () => {
  ({ postgres } = await PostgresOfLoginRoles.start());
}, 60_000);
afterAll(() => postgres.stop());
afterEach(async () => {
  for (const database of ['litellm', 'other']) await inDatabase(database, 'DROP OWNED BY litellm_a, litellm_b CASCADE');
});

const inDatabase = (database: string, ...statements: readonly string[]): Promise<unknown> =>
  postgres.server.asSuperuser(database, async (client) => {
    for (const one of statements) await client.query(one);
  });
const inLitellm = (...statements: readonly string[]) => inDatabase('litellm', ...statements);

const look = async (): Promise<HeldByLogins> => {
  const seen = await readHeldByLogins(postgres.target(), CREDENTIAL, 'litellm', LOGINS);
  if (seen === undefined) throw new Error('the login was refused');
  return seen;
};
const lookAsSuperuser = async (): Promise<HeldByLogins> => {
  const { succeeded, stdout, stderr } = await postgres.psql(
    LITELLM,
    '',
    heldByLoginsScript('litellm', LOGINS, 'litellm'),
  );
  if (!succeeded) throw new Error(stderr);
  return parseHeldByLogins(stdout);
};
const give = () => giveBackObjects(postgres.target(), CREDENTIAL, 'litellm');

describe('a look at what the login roles hold', () => {
  it('finds nothing where the application always acts as the owner', async () => {
    await inLitellm('SET SESSION AUTHORIZATION litellm', 'CREATE TABLE proper (id serial)');
    await expect(look()).resolves.toEqual({ serverVersion: 180_004, held: [], unseen: [] });
    await inLitellm('DROP TABLE proper');
  });

  it('finds each kind of object once, and leaves out what follows its table or ends with its session', async () => {
    const statements = [
      AS_A,
      'CREATE TABLE orders (id serial PRIMARY KEY, "a b" text)',
      'CREATE TABLE parts (id int) PARTITION BY RANGE (id)',
      'CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (2)',
      'CREATE SEQUENCE loose',
      'CREATE VIEW "Open" AS SELECT * FROM orders',
      'CREATE TYPE pair AS (one int, two int)',
      'CREATE TYPE span AS RANGE (subtype = int)',
      'CREATE DOMAIN name2 AS text',
      "CREATE FUNCTION one(text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      'CREATE TEMPORARY TABLE passing (id int)',
    ];
    // The temporary table lives as long as its session.
    const { held } = await postgres.server.asSuperuser('litellm', async (client) => {
      for (const one of statements) await client.query(one);
      return look();
    });
    const of = (kind: string) => ({ role: 'litellm_a', database: 'litellm', kind, returnable: true });
    expect(held).toMatchObject([
      { ...of('function'), names: ['public.one(pg_catalog.text)'] },
      { ...of('sequence'), objects: 1, names: ['public.loose'] },
      { ...of('table'), objects: 3, names: ['public.orders', 'public.part', 'public.parts'] },
      { ...of('type'), names: expect.arrayContaining(['public.name2', 'public.pair', 'public.span']) as string[] },
      { ...of('view'), names: ['public."Open"'] },
    ]);
    const { given = [], kept } = (await give()) ?? {};
    expect(given).toContain('table public.orders');
    expect(kept).toEqual([]);
    await expect(look()).resolves.toMatchObject({ held: [] });
    const { rows } = await postgres.server.asSuperuser('litellm', (client) =>
      client.query(
        "SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname ~ 'orders|loose|Open'",
      ),
    );
    expect(rows).toEqual([{ owner: 'litellm' }]);
    await inLitellm('DROP OWNED BY litellm CASCADE');
  });

  it('says of objects in another database how many there are, and gives none of them', async () => {
    await inDatabase('other', 'CREATE TABLE far (id int)', 'ALTER TABLE far OWNER TO litellm_b');
    const far = { role: 'litellm_b', database: 'other', kind: 'object', returnable: false, objects: 1, names: [] };
    await expect(look()).resolves.toMatchObject({ held: [far] });
    await expect(give()).resolves.toEqual({ given: [], kept: [] });
  });

  it.each([
    ['a schema', ['CREATE SCHEMA s AUTHORIZATION litellm_a'], 'schema'],
    [
      'a table where the owner may create nothing',
      ['CREATE SCHEMA shut', 'CREATE TABLE shut.t ()', 'ALTER TABLE shut.t OWNER TO litellm_a'],
      'table',
    ],
    ['a publication', ['CREATE PUBLICATION p', 'ALTER PUBLICATION p OWNER TO litellm_a'], 'publication'],
  ])('knows that the role cannot give back %s', async (_, statements, kind) => {
    await inLitellm('GRANT CREATE ON DATABASE litellm TO litellm_a', ...statements);
    const { held } = await look();
    expect(held.filter((one) => one.kind === kind)).toMatchObject([{ returnable: false, objects: 1 }]);
    await inLitellm('DROP SCHEMA IF EXISTS shut CASCADE');
  });

  it('knows that the role cannot give back to an owner whose rights it does not inherit', async () => {
    await inLitellm(
      AS_A,
      'CREATE TABLE t ()',
      'RESET SESSION AUTHORIZATION',
      'GRANT litellm TO litellm_a WITH INHERIT FALSE',
    );
    await expect(look()).resolves.toMatchObject({ held: [{ kind: 'table', returnable: false }] });
    await inLitellm('GRANT litellm TO litellm_a WITH INHERIT TRUE');
  });

  it('finds policies, default privileges and user mappings, with the SQL that frees them', async () => {
    await inLitellm(
      'CREATE TABLE rows ()',
      'CREATE POLICY "own rows" ON rows TO litellm_a, reader',
      'ALTER DEFAULT PRIVILEGES FOR ROLE litellm_a IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO reader',
      'CREATE FOREIGN DATA WRAPPER w',
      'CREATE SERVER s FOREIGN DATA WRAPPER w',
      "CREATE USER MAPPING FOR litellm_a SERVER s OPTIONS (user 'x', password 'hidden-password')",
    );
    const seen = await lookAsSuperuser();
    const statements = seen.held.flatMap((one) => one.statements);
    expect(seen.held.map(({ kind }) => kind)).toEqual(['default privileges', 'policy', 'user mapping']);
    expect(statements.join('\n')).toMatchInlineSnapshot(`
     "ALTER DEFAULT PRIVILEGES FOR ROLE litellm IN SCHEMA public GRANT INSERT, SELECT ON TABLES TO reader; ALTER DEFAULT PRIVILEGES FOR ROLE litellm_a IN SCHEMA public REVOKE ALL ON TABLES FROM reader
     ALTER POLICY "own rows" on public.rows TO litellm, reader
     CREATE USER MAPPING FOR litellm SERVER s OPTIONS (user '…', password '…'); DROP USER MAPPING FOR litellm_a SERVER s"
    `);
    expect(JSON.stringify(seen)).not.toContain('hidden-password');
    await inLitellm(...statements.join(';').replaceAll("'…'", "'x'").split(';'));
    await expect(lookAsSuperuser()).resolves.toMatchObject({ held: [] });
    await inLitellm('DROP TABLE rows', 'DROP FOREIGN DATA WRAPPER w CASCADE', 'DROP OWNED BY reader, litellm CASCADE');
  });

  it('of the superuser finds the names that hide from the role, which says what it did not see', async () => {
    await inLitellm(
      'CREATE FOREIGN DATA WRAPPER w',
      'CREATE SERVER s FOREIGN DATA WRAPPER w',
      "CREATE USER MAPPING FOR reader SERVER s OPTIONS (user 'litellm_a', password 'hidden-password')",
      "CREATE SUBSCRIPTION mine CONNECTION 'host=db user=litellm_b password=hidden-password' PUBLICATION p WITH (connect = false)",
      "CREATE SUBSCRIPTION other CONNECTION 'host=db user=litellm_bc' PUBLICATION p WITH (connect = false)",
      'CREATE SCHEMA cron',
      'CREATE TABLE cron.job (jobid bigint, username text)',
      "INSERT INTO cron.job VALUES (7, 'litellm_a'), (8, 'reader')",
    );
    const own = await look();
    expect(own).toMatchObject({
      held: [],
      unseen: ['the options of user mappings', 'the connection strings of subscriptions', 'the jobs of pg_cron'],
    });
    const whole = await lookAsSuperuser();
    expect(whole.unseen).toEqual([]);
    const inLitellmDatabase = { database: 'litellm', returnable: false, objects: 1 };
    expect(whole.held).toEqual(
      expect.arrayContaining([
        { ...inLitellmDatabase, role: 'litellm_a', kind: 'options of a user mapping', names: ['s'], statements: [] },
        {
          ...inLitellmDatabase,
          role: 'litellm_b',
          kind: 'connection string',
          names: ['of subscription mine'],
          statements: [],
        },
        {
          ...inLitellmDatabase,
          role: 'litellm_a',
          kind: 'job of pg_cron',
          names: ['7'],
          statements: ["UPDATE cron.job SET username = 'litellm' WHERE username = 'litellm_a'"],
        },
      ]),
    );
    expect(whole.held).toHaveLength(3);
    expect(JSON.stringify(whole)).not.toContain('hidden-password');
    for (const one of ['mine', 'other'])
      await inLitellm(`ALTER SUBSCRIPTION ${one} SET (slot_name = NONE)`, `DROP SUBSCRIPTION ${one}`);
    await inLitellm('DROP SCHEMA cron CASCADE', 'DROP FOREIGN DATA WRAPPER w CASCADE');
  });

  it('takes no function of the application for one of PostgreSQL', async () => {
    await inLitellm(
      'ALTER DATABASE litellm SET search_path = trap, pg_catalog',
      'CREATE SCHEMA trap',
      "CREATE FUNCTION trap.current_setting(text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'trapped'; END$$",
    );
    await expect(lookAsSuperuser()).resolves.toMatchObject({ held: [] });
    await expect(look()).resolves.toMatchObject({ held: [] });
    await inLitellm('DROP SCHEMA trap CASCADE', 'ALTER DATABASE litellm RESET search_path');
  });
});

describe('giving back', () => {
  it('leaves what somebody uses, and does not hold others up for long', async () => {
    await inLitellm(AS_A, 'CREATE TABLE busy ()', 'CREATE TABLE free ()');
    await postgres.server.asSuperuser('litellm', async (client) => {
      await client.query('BEGIN');
      await client.query('LOCK TABLE busy IN ACCESS SHARE MODE');
      await expect(give()).resolves.toEqual({
        given: ['table public.free'],
        kept: ['table public.busy (SQLSTATE 55P03)'],
      });
      await client.query('COMMIT');
    });
    await expect(give()).resolves.toEqual({ given: ['table public.busy'], kept: [] });
    await inLitellm('DROP TABLE busy, free');
  });

  it('is refused with a password that is not valid', async () => {
    const credential = { ...CREDENTIAL, password: Password.of('of-nobody-0123456789') };
    await expect(giveBackObjects(postgres.target(), credential, 'litellm')).resolves.toBeUndefined();
  });
});
