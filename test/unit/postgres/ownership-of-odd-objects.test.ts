import { PostgresOfLoginRoles, AS_A } from '../../harness/activities/postgres-of-login-roles.ts';

let server: PostgresOfLoginRoles;

beforeAll(async () => {
  server = await PostgresOfLoginRoles.start();
}, 60_000);
afterAll(() => server.stop());
afterEach(async () => {
  for (const database of ['litellm', 'other', 'postgres'])
    await server.in(database, 'DROP OWNED BY litellm_a, litellm_b, reader CASCADE');
  await server.inLitellm('DROP SCHEMA public CASCADE', 'CREATE SCHEMA public', 'GRANT ALL ON SCHEMA public TO litellm');
});

describe('giving back', () => {
  it.each([
    ['a table in a schema whose name needs quotes', 'CREATE TABLE "My ""Shop""; --"."Or ders" ()'],
    ['an aggregate without arguments', 'CREATE AGGREGATE tally(*) (SFUNC = int8inc, STYPE = int8, INITCOND = 0)'],
    [
      'an ordered-set aggregate',
      'CREATE AGGREGATE middle(float8 ORDER BY float8) (SFUNC = array_append, STYPE = float8[], FINALFUNC = array_append)',
    ],
    ['a procedure with OUT', "CREATE PROCEDURE p(IN one int, OUT two int) LANGUAGE sql AS 'SELECT 1'"],
    ['a function with VARIADIC', "CREATE FUNCTION f(VARIADIC all_of text[]) RETURNS int LANGUAGE sql AS 'SELECT 1'"],
    ['a materialized view', 'CREATE MATERIALIZED VIEW "M v" AS SELECT 1'],
    ['a table of an identity column', 'CREATE TABLE identified (id int GENERATED ALWAYS AS IDENTITY)'],
    ['a multirange’s type', 'CREATE TYPE span AS RANGE (subtype = int, multirange_type_name = "Spans")'],
  ])('gives %s', async (_, statement) => {
    await server.inLitellm('CREATE SCHEMA IF NOT EXISTS "My ""Shop""; --" AUTHORIZATION litellm', AS_A, statement);
    await expect(server.look()).resolves.toMatchObject({ held: [{ returnable: true, objects: 1 }] });
    await expect(server.give()).resolves.toMatchObject({ given: [expect.any(String)], kept: [] });
    await expect(server.look()).resolves.toMatchObject({ held: [] });
    await server.inLitellm('DROP SCHEMA "My ""Shop""; --" CASCADE');
  });

  it('waits for a few objects only where a long transaction uses all of them, as pg_dump does', async () => {
    const tables = ['t1', 't2', 't3', 't4', 't5', 't6'];
    await server.inLitellm(AS_A, ...tables.map((name) => `CREATE TABLE ${name} ()`));
    await server.postgres.server.asSuperuser('litellm', async (client) => {
      await client.query('BEGIN');
      await client.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS SHARE MODE`);
      const began = performance.now();
      const { given, kept = [] } = (await server.give()) ?? {};
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(given).toEqual([]);
      expect(kept).toHaveLength(6);
      expect(kept).toContain('table public.t6 (not tried)');
      await client.query('COMMIT');
    });
  });
});

describe('a look at what the login roles hold', () => {
  it('leaves out what ends with its session, of whichever kind', async () => {
    await server.postgres.server.asSuperuser('litellm', async (client) => {
      await client.query(AS_A);
      await client.query("CREATE FUNCTION pg_temp.passing() RETURNS int LANGUAGE sql AS 'SELECT 1'");
      await client.query("CREATE TYPE pg_temp.mood AS ENUM ('calm')");
      await client.query('CREATE TEMPORARY VIEW v AS SELECT 1');
      await expect(server.look()).resolves.toMatchObject({ held: [] });
    });
  });

  it.each([
    ['functions of every schema', ['GRANT EXECUTE ON FUNCTIONS TO reader']],
    ['functions, taken from PUBLIC', ['REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC']],
    [
      'functions, taken from PUBLIC and given to a role',
      ['REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', 'GRANT EXECUTE ON FUNCTIONS TO reader WITH GRANT OPTION'],
    ],
    ['types', ['GRANT USAGE ON TYPES TO reader']],
    ['tables, taken from the role itself', ['REVOKE DELETE ON TABLES FROM litellm_a']],
    ['tables, for everybody', ['GRANT SELECT ON TABLES TO PUBLIC']],
    ['sequences', ['GRANT USAGE ON SEQUENCES TO reader']],
    ['tables of one schema', ['IN SCHEMA public GRANT SELECT ON TABLES TO reader, litellm_a']],
    ['schemas', ['GRANT USAGE, CREATE ON SCHEMAS TO reader']],
  ])('tells the SQL that frees default privileges on %s', async (_, changes) => {
    await server.inLitellm(...changes.map((one) => `ALTER DEFAULT PRIVILEGES FOR ROLE litellm_a ${one}`));
    const acl = (role: string): Promise<unknown> =>
      server.value(
        'litellm',
        `SELECT replace(defaclacl::text, '${role}', 'owner') FROM pg_default_acl WHERE defaclrole = '${role}'::regrole`,
      );
    const before = await acl('litellm_a');
    const { held } = await server.look();
    expect(held).toMatchObject([{ kind: 'default privileges', statements: [expect.any(String)] }]);
    await server.inLitellm(...held.flatMap(({ statements }) => statements));
    await expect(server.look()).resolves.toMatchObject({ held: [] });
    await expect(acl('litellm')).resolves.toBe(before);
    await server.inLitellm('DROP OWNED BY litellm CASCADE');
  });

  it('says nothing of this database about an object of another one that has the same number', async () => {
    await server.inLitellm('CREATE TABLE t ()', 'CREATE POLICY here ON t TO litellm_a');
    await server.in('postgres', 'CREATE DATABASE copied TEMPLATE litellm');
    const { held } = await server.look();
    expect(held).toMatchObject([
      { database: 'copied', kind: 'policy', statements: [] },
      { database: 'litellm', kind: 'policy', statements: ['ALTER POLICY here on public.t TO litellm'] },
    ]);
    await server.in('postgres', 'DROP DATABASE copied');
  });

  it('of the superuser is the superuser’s, whatever role the database’s sessions act as', async () => {
    await server.inLitellm(
      'CREATE FOREIGN DATA WRAPPER w',
      'CREATE SERVER s FOREIGN DATA WRAPPER w',
      "CREATE USER MAPPING FOR reader SERVER s OPTIONS (user 'litellm_a')",
      "ALTER DATABASE litellm SET role = 'litellm'",
      'ALTER DATABASE litellm SET standard_conforming_strings = off',
    );
    await expect(server.lookAsSuperuser()).resolves.toMatchObject({ held: [{ kind: 'options of a user mapping' }] });
    await server.inLitellm('ALTER DATABASE litellm RESET ALL', 'DROP FOREIGN DATA WRAPPER w CASCADE');
  });

  it('finds the jobs of pg_cron in its own database, with the command for that database', async () => {
    await server.in(
      'postgres',
      'CREATE SCHEMA cron',
      'CREATE TABLE cron.job (jobid bigint, username text)',
      "INSERT INTO cron.job VALUES (7, 'litellm_a'), (8, 'reader')",
    );
    await expect(server.lookAsSuperuser()).resolves.toMatchObject({
      held: [{ role: 'litellm_a', database: 'postgres', kind: 'job of pg_cron', names: ['7'] }],
    });
    await server.in('postgres', 'DROP SCHEMA cron CASCADE');
  });

  it('says that the jobs of pg_cron hide, wherever it keeps them', async () => {
    await server.postgres.server.asSuperuser('postgres', async (client) => {
      await client.query("SET application_name = 'pg_cron scheduler'");
      await expect(server.look()).resolves.toMatchObject({ unseen: ['the jobs of pg_cron'] });
    });
  });
});
