import { releaseScript, dropScript, DONE, wasBusy } from '../../../src/postgres/login-roles.ts';
import { parseRoleFacts, roleFactsScript } from '../../../src/postgres/role-facts.ts';
import { AS_A, LOGINS, PostgresOfLoginRoles } from '../../harness/activities/postgres-of-login-roles.ts';

let server: PostgresOfLoginRoles;

beforeEach(async () => {
  server = await PostgresOfLoginRoles.start();
}, 60_000);
afterEach(() => server.stop());

const facts = async () => parseRoleFacts(await server.run(roleFactsScript('litellm', LOGINS, 'litellm')));

describe('releasing the login roles', () => {
  it('leaves nothing of them in any database, so that they can be dropped', async () => {
    await server.in('other', 'CREATE TABLE far ()', 'ALTER TABLE far OWNER TO litellm_b');
    await server.in('postgres', 'CREATE DATABASE "Third; db"', 'CREATE DATABASE spare OWNER litellm_a');
    await server.in('Third; db', 'CREATE TABLE granted ()', 'GRANT SELECT ON granted TO litellm_a');
    const { loginsIn } = await facts();
    expect(loginsIn).toEqual([
      { database: 'Third; db', connects: true },
      { database: 'other', connects: true },
    ]);
    const databases = ['litellm', ...loginsIn.map(({ database }) => database)];
    expect(await server.run(releaseScript('litellm', LOGINS, databases))).toContain(DONE);
    expect(await server.run(dropScript(LOGINS))).toContain(DONE);
    await expect(server.value('other', "SELECT tableowner FROM pg_tables WHERE tablename = 'far'")).resolves.toBe(
      'litellm',
    );
    await expect(facts()).resolves.toMatchObject({ roles: [{ name: 'litellm' }], loginsIn: [] });
  });

  it('is the superuser’s, whatever role the database’s sessions act as', async () => {
    await server.inLitellm(AS_A, 'CREATE TABLE t ()');
    await server.inLitellm("ALTER DATABASE litellm SET role = 'litellm'");
    expect(await server.run(releaseScript('litellm', LOGINS, ['litellm']))).toContain(DONE);
  });

  it('keeps nobody from the other tables while somebody uses one for long', async () => {
    await server.inLitellm(AS_A, 'CREATE TABLE a_free ()', 'CREATE TABLE busy ()', 'CREATE TABLE z_free ()');
    const script = releaseScript('litellm', LOGINS, ['litellm']);
    await server.postgres.server.asSuperuser('litellm', async (client) => {
      await client.query('BEGIN');
      await client.query('LOCK TABLE busy IN ACCESS SHARE MODE');
      const released = server.run(script).then(
        () => 'released',
        (error: unknown) => String(error),
      );
      const reads: number[] = [];
      const state = { over: false };
      void released.finally(() => (state.over = true));
      while (!state.over && reads.length < 40) {
        const began = performance.now();
        await server.inLitellm("SET statement_timeout = '5s'", 'SELECT FROM a_free', 'SELECT FROM z_free');
        reads.push(performance.now() - began);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(Math.max(...reads)).toBeLessThan(900);
      expect(state.over).toBe(true);
      expect(wasBusy(await released)).toBe(true);
      await client.query('COMMIT');
    });
    expect(await server.run(script)).toContain(DONE);
  });
});
