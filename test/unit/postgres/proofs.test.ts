import { readFile, writeFile } from 'node:fs/promises';
import { Authority } from '../../../sandbox/common/certificates.ts';
import { tryLogins, type TriedLogins } from '../../../src/activities/gather/rehearse.ts';
import { RotationError } from '../../../src/domain/failures.ts';
import { Password } from '../../../src/domain/password.ts';
import { tryLogin } from '../../../src/postgres/login.ts';
import { LITELLM } from '../../harness/examples.ts';
import { TestPostgres } from '../../harness/activities/test-postgres.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';

const PASSWORD = 'old-password-0123456789';
const HOST = 'litellm-postgresql-rw';
let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await TestPostgres.start();
  await postgres.accept(PASSWORD);
  await postgres.sql(
    ...['closed', 'private'].map((name) => `CREATE DATABASE ${name} OWNER postgres`),
    'ALTER DATABASE closed ALLOW_CONNECTIONS false',
    'REVOKE CONNECT ON DATABASE private FROM PUBLIC',
  );
}, 60_000);
afterAll(() => postgres.stop());

/** What is tried before a rotation, on this server. */
function tried(database: string, password = PASSWORD, serverCa?: string): Promise<TriedLogins> {
  const { deps } = new TestCluster();
  const target = postgres.target(database, serverCa);
  return tryLogins(
    { ...deps, now: () => new Date(), login: (_, credential) => tryLogin(target, credential) },
    { ...LITELLM, database },
    { username: 'litellm', password: Password.of(password) },
  );
}

/** A rule of pg_hba before all others. */
async function hba(rule: string): Promise<void> {
  await postgres.server.asSuperuser('postgres', async (client) => {
    const { rows } = await client.query<{ hba_file: string }>('SHOW hba_file');
    const file = rows[0]?.hba_file ?? '';
    await writeFile(file, `${rule}\n${await readFile(file, 'utf8')}`);
    await client.query('SELECT pg_reload_conf()');
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
}

describe('before a rotation PostgreSQL', () => {
  it('accepts the password of now and refuses another, which is how it should be', async () => {
    const { postgresAheadMs, ...rest } = await tried('litellm');
    expect(rest).toMatchObject({ login: 'accepted', rolesThatNeedNoPassword: [] });
    expect(rest.loginFailure).toBeUndefined();
    expect(rest.wrongPasswordFailure).toBeUndefined();
    expect(Math.abs(postgresAheadMs ?? Infinity)).toBeLessThan(5_000);
  });

  it('is not asked about another password where it refuses that of now', async () => {
    await expect(tried('litellm', 'wrong')).resolves.toEqual({ login: 'refused', rolesThatNeedNoPassword: [] });
  });

  it.each([
    ['does not exist', 'nowhere', '3D000'],
    ['takes no connections', 'closed', '55000'],
    ['may not be connected to by this role', 'private', '42501'],
  ])('tells that the database %s', async (why, database, sqlState) => {
    const { login, loginFailure } = await tried(database);
    expect(login).toBe('unknown');
    expect(loginFailure).toEqual({
      type: 'DatabaseAbsent',
      message: `Database "${database}" behind Service ai-system/${HOST} ${why}: PostgreSQL let "litellm" in and then refused the database (SQLSTATE ${sqlState}).`,
    });
  });

  it('with a certificate of somebody else is not believed', async () => {
    const { login, loginFailure } = await tried('litellm', PASSWORD, (await Authority.create('other')).certificate);
    expect([login, loginFailure?.type]).toEqual(['unknown', 'DatabaseUnreachable']);
    expect(loginFailure?.message).toMatch(/certificate|signature/);
  });

  it('that lets everybody in is found out', async () => {
    await hba('host litellm litellm all trust');
    await expect(tried('litellm')).resolves.toMatchObject({
      login: 'accepted',
      rolesThatNeedNoPassword: ['litellm'],
    });
  });
});

it('a defect of ours comes out', async () => {
  const { deps } = new TestCluster();
  const credential = { username: 'litellm', password: Password.of(PASSWORD) };
  const broken = { ...deps, login: () => Promise.reject(new TypeError('a defect')) };
  await expect(tryLogins(broken, LITELLM, credential)).rejects.toThrow(TypeError);
  const away = { ...deps, login: () => Promise.reject(new RotationError('DatabaseUnreachable', 'no route')) };
  await expect(tryLogins(away, LITELLM, credential)).resolves.toMatchObject({
    loginFailure: { type: 'DatabaseUnreachable', message: 'no route' },
  });
});
