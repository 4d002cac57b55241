import pg from 'pg';
import { Password } from '../../../src/domain/password.ts';
import { findSessions, type Sessions } from '../../../src/postgres/sessions.ts';
import { TestPostgres } from '../../harness/activities/test-postgres.ts';

const PASSWORD = 'old-password-0123456789';
let postgres: TestPostgres;
const clients: pg.Client[] = [];

beforeAll(async () => {
  postgres = await TestPostgres.start();
  await postgres.accept(PASSWORD);
  await postgres.sql(`CREATE ROLE other LOGIN PASSWORD '${PASSWORD}'`);
}, 60_000);
afterEach(() => Promise.all(clients.splice(0).map((client) => client.end())));
afterAll(() => postgres.stop());

async function logIn(name: string, user = 'litellm'): Promise<void> {
  const where = { host: '127.0.0.1', port: postgres.server.port, database: 'litellm' };
  const client = new pg.Client({ ...where, user, password: PASSWORD, application_name: name });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
}

const look = (end = false): Promise<Sessions | undefined> =>
  findSessions(postgres.target(), { username: 'litellm', password: Password.of(PASSWORD) }, { role: 'litellm', end });

describe('who is logged in', () => {
  it('is told by address and name, with how many sessions and since when, without our own and those of others', async () => {
    await logIn('proxy');
    const [first] = (await look())?.byClient ?? [];
    await logIn('proxy');
    await logIn('');
    await logIn('foreign', 'other');
    expect((await look())?.byClient).toEqual([
      { address: '127.0.0.1', applicationName: 'proxy', role: 'litellm', sessions: 2, since: first?.since },
      { address: '127.0.0.1', role: 'litellm', sessions: 1, since: expect.any(String) as string },
    ]);
  });

  it('is not told with a name that holds the password', async () => {
    await logIn(`worker ${PASSWORD}`);
    const text = JSON.stringify(await look());
    expect(text).toContain('worker [password]');
    expect(text).not.toContain(PASSWORD);
  });

  it('is not told with a name that holds the other password of a rotation', async () => {
    await logIn('worker of-the-other-side');
    const credential = { username: 'litellm', password: Password.of(PASSWORD) };
    const hidden = [Password.of('of-the-other-side')];
    const seen = await findSessions(postgres.target(), credential, { role: 'litellm', end: false, hidden });
    expect(seen?.byClient).toMatchObject([{ applicationName: 'worker [password]' }]);
  });

  it('leaves out whom it ends', async () => {
    await logIn('proxy');
    await expect(look(true)).resolves.toMatchObject({ found: 1, ended: 1, byClient: [] });
  });
});
