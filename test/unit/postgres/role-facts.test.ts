import type { DatabaseFacts } from '../../../src/domain/adopt/index.ts';
import { mappingsScript, parseMappings, parseRoleFacts, roleFactsScript } from '../../../src/postgres/role-facts.ts';
import { LITELLM } from '../../harness/examples.ts';
import { TestPostgres } from '../../harness/activities/test-postgres.ts';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await TestPostgres.start();
  await postgres.sql('ALTER DATABASE litellm OWNER TO litellm');
}, 60_000);
afterAll(() => postgres.stop());
afterEach(async () => {
  await inLitellm('DROP SCHEMA public CASCADE', 'CREATE SCHEMA public AUTHORIZATION litellm');
});

const inLitellm = (...statements: readonly string[]): Promise<unknown> =>
  postgres.server.asSuperuser('litellm', async (client) => {
    for (const one of statements) await client.query(one);
  });

async function look(): Promise<DatabaseFacts> {
  const script = roleFactsScript('litellm', ['litellm_a', 'litellm_b'], 'litellm');
  const { succeeded, stdout, stderr } = await postgres.psql(LITELLM, '', script);
  if (!succeeded) throw new Error(stderr);
  return parseRoleFacts(stdout);
}

const plpgsql = (name: string, body: string): string =>
  `CREATE FUNCTION ${name}() RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN ${body} RETURN true; END $f$`;

describe('the objects that ask who logged in', () => {
  it.each<readonly [string, readonly string[], string, boolean]>([
    [
      'a policy',
      ['CREATE TABLE t (who text)', 'CREATE POLICY own ON t USING (who = session_user)'],
      'policy own on public.t',
      true,
    ],
    [
      'a policy’s check',
      ['CREATE TABLE t (who text)', 'CREATE POLICY own ON t FOR INSERT WITH CHECK (who = session_user)'],
      'policy own on public.t',
      true,
    ],
    ['a default', ['CREATE TABLE t (who text DEFAULT SESSION_USER)'], 'default of public.t.who', true],
    [
      'a constraint',
      ['CREATE TABLE t (who text, CONSTRAINT me CHECK (who = session_user))'],
      'constraint me on public.t',
      true,
    ],
    [
      'a domain',
      ["CREATE DOMAIN d AS text DEFAULT session_user CHECK (VALUE <> '')"],
      'default of domain public.d',
      true,
    ],
    ['a view', ['CREATE VIEW "My v" AS SELECT session_user AS me'], 'view public."My v"', true],
    [
      'a materialized view',
      ['CREATE MATERIALIZED VIEW v AS SELECT session_user AS me'],
      'materialized view public.v',
      true,
    ],
    [
      'a rule',
      [
        'CREATE TABLE t (who text)',
        "CREATE RULE r AS ON DELETE TO t WHERE session_user = 'litellm' DO INSTEAD NOTHING",
      ],
      'rule r on public.t',
      true,
    ],
    [
      'the condition of a trigger',
      [
        'CREATE TABLE t (who text)',
        'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
        'CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.who = session_user) EXECUTE FUNCTION f()',
      ],
      'trigger g on public.t',
      true,
    ],
    [
      'a function that compares',
      [plpgsql('f', "IF session_user = 'litellm' THEN RETURN false; END IF;")],
      'function public.f()',
      true,
    ],
    [
      'a function that looks for its own rows',
      [
        "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM pg_roles WHERE rolname = session_user'",
      ],
      'function public.f()',
      true,
    ],
    [
      'a function in a list',
      [plpgsql('f', "IF session_user::text NOT IN ('litellm') THEN RETURN false; END IF;")],
      'function public.f()',
      true,
    ],
    [
      'a function that asks for a right',
      [plpgsql('f', "IF pg_has_role(session_user, 'litellm', 'USAGE') THEN RETURN false; END IF;")],
      'function public.f()',
      true,
    ],
    [
      'a function that asks for the setting',
      [plpgsql('f', "IF current_setting('role') = 'none' THEN RETURN false; END IF;")],
      'function public.f()',
      true,
    ],
    [
      'a function with a body of SQL',
      ['CREATE FUNCTION f() RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT session_user = current_user; END'],
      'function public.f()',
      true,
    ],
    [
      'a function that keeps a record',
      [
        'CREATE TABLE log (who text)',
        plpgsql('f', 'INSERT INTO log VALUES (session_user); UPDATE log SET who = session_user;'),
      ],
      'function public.f()',
      false,
    ],
    [
      'a trigger that keeps a record',
      [
        'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.who := session_user; NEW.who = session_user; RETURN NEW; END $$',
      ],
      'function public.f()',
      false,
    ],
    [
      'a function whose comment compares',
      [plpgsql('f', 'PERFORM session_user; -- session_user = litellm\n/* a */ /* session_user = b */')],
      'function public.f()',
      false,
    ],
  ])('%s', async (_, statements, name, decides) => {
    await inLitellm(...statements);
    const { sessionUserIn } = await look();
    expect(sessionUserIn).toEqual([{ name, decides }]);
  });

  it('are none that ask for current_user, or have such a name', async () => {
    await inLitellm(
      'CREATE TABLE t (session_user_id int, who text DEFAULT current_user)',
      'CREATE POLICY own ON t USING (who = current_user)',
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT session_user_id FROM t'",
    );
    await expect(look()).resolves.toMatchObject({ sessionUserIn: [] });
  });
});

describe('what holds for sessions of the owner', () => {
  afterEach(async () => {
    await postgres.sql(
      'ALTER ROLE litellm RESET ALL',
      'ALTER ROLE litellm IN DATABASE litellm RESET ALL',
      'ALTER DATABASE litellm RESET ALL',
      'ALTER ROLE litellm CONNECTION LIMIT -1',
    );
  });

  it.each([
    ['ALTER ROLE litellm SET role = other', { role: 'other', setFor: 'the role' }],
    [
      'ALTER ROLE litellm IN DATABASE litellm SET role = other',
      { role: 'other', setFor: 'the role in database litellm' },
    ],
    ['ALTER DATABASE litellm SET role = other', { role: 'other', setFor: 'every role in database litellm' }],
    ['ALTER ROLE litellm IN DATABASE postgres SET role = other', undefined],
  ])('%s', async (statement, ownerActsAs) => {
    await postgres.sql(
      'DO $$ BEGIN CREATE ROLE other; EXCEPTION WHEN duplicate_object THEN NULL; END $$',
      'GRANT other TO litellm',
      statement,
    );
    await expect(look()).resolves.toMatchObject({ ownerActsAs });
    await postgres.sql('ALTER ROLE litellm IN DATABASE postgres RESET ALL', 'REVOKE other FROM litellm');
  });

  it('its limits, and the groups that it is in, by their plain names', async () => {
    await postgres.sql(
      'CREATE ROLE "Good Group"',
      'GRANT "Good Group" TO litellm',
      'ALTER ROLE litellm CONNECTION LIMIT 20',
    );
    const { roles } = await look();
    expect(roles).toMatchObject([{ name: 'litellm', memberOf: ['Good Group'], connectionLimit: 20 }]);
    await postgres.sql('REVOKE "Good Group" FROM litellm', 'DROP ROLE "Good Group"');
  });

  it('what cancels, ends or watches sessions', async () => {
    await inLitellm(
      'SET ROLE litellm',
      plpgsql('tidy', 'PERFORM pg_terminate_backend(1);'),
      'CREATE VIEW busy AS SELECT pid FROM pg_stat_activity',
      plpgsql('calm', '/* pg_cancel_backend */'),
      'RESET ROLE',
      `${plpgsql('granted', 'PERFORM pg_cancel_backend(1);')} SECURITY DEFINER`,
    );
    await expect(look()).resolves.toMatchObject({ signallers: ['function public.tidy()', 'view public.busy'] });
  });

  it('a trigger at the login', async () => {
    await inLitellm(
      'CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$',
      'CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION f()',
    );
    await expect(look()).resolves.toMatchObject({ loginTriggers: ['at_login'] });
    await inLitellm('DROP EVENT TRIGGER at_login');
  });

  it('and no function of the database answers in the place of PostgreSQL’s own', async () => {
    await inLitellm(
      "CREATE FUNCTION public.format(text, text, regclass) RETURNS text LANGUAGE sql AS 'SELECT ''hijacked'''",
      'ALTER DATABASE litellm SET search_path = public, pg_catalog',
      'CREATE TABLE t (who text)',
      'CREATE POLICY own ON t USING (who = session_user)',
    );
    await expect(look()).resolves.toMatchObject({ sessionUserIn: [{ name: 'policy own on public.t' }] });
  });
});

describe('who logs in as the owner by a user mapping', () => {
  const statements = [
    'CREATE FOREIGN DATA WRAPPER nothing',
    'CREATE SERVER tables FOREIGN DATA WRAPPER nothing',
    "CREATE USER MAPPING FOR PUBLIC SERVER tables OPTIONS (user 'litellm', password 'x')",
    "CREATE USER MAPPING FOR CURRENT_USER SERVER tables OPTIONS (user 'litellm_too')",
  ];
  const mapIn = (database: string) =>
    postgres.server.asSuperuser(database, async (client) => {
      for (const one of statements) await client.query(one);
    });

  it('is found in every other database, whatever its name is', async () => {
    await postgres.sql(
      'CREATE DATABASE "Re ports=1"',
      'CREATE DATABASE quiet',
      'CREATE DATABASE closed ALLOW_CONNECTIONS false',
    );
    await mapIn('Re ports=1');
    await mapIn('postgres');
    const first = await postgres.psql(LITELLM, '', roleFactsScript('litellm', [], 'litellm'));
    const { otherDatabases, mappingsAsOwner } = parseRoleFacts(first.stdout);
    expect(otherDatabases).toEqual(['Re ports=1', 'postgres', 'quiet']);
    expect(mappingsAsOwner).toEqual([]);
    const { stdout } = await postgres.psql(LITELLM, '', mappingsScript('litellm', otherDatabases));
    expect(parseMappings(stdout)).toEqual([
      { database: 'Re ports=1', server: 'tables' },
      { database: 'postgres', server: 'tables' },
    ]);
  });
});
