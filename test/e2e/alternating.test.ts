import pg from 'pg';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { findSecrets } from '../../sandbox/harness/secret-scan.ts';
import { AlternatingLayout } from '../harness/world/alternating-layout.ts';
import { LITELLM, ownWarnings, useHarness } from '../harness/harness.ts';
import { deployReaderOfOnePassword, READER_OF_ONE_PASSWORD } from '../harness/world/reader-of-one-password.ts';
import { CLI, run } from '../../sandbox/harness/programs.ts';

const MINUTE = 60_000;
const [A, B] = LITELLM.alternating.logins;

let layout: AlternatingLayout | undefined;
/** CNPG before 1.29.2 logs the first password itself when it makes a Cluster; what is looked for here begins later. */
let entered: Date;
/** PostgreSQL's, after each test: the kubelet starts a new file every 10 MB, and gives the last one alone. */
const logs: string[] = [];

// Declared before the harness: Jest goes through them in this order.
afterAll(() => layout?.leave(), 3 * MINUTE);
const harness = useHarness();
beforeAll(async () => {
  entered = new Date();
  layout = await AlternatingLayout.enter(harness.world, LITELLM);
}, 20 * MINUTE);

afterEach(async () => {
  logs.push(await harness.world.postgresLog(LITELLM, entered));
});

/** What PostgreSQL itself logged of the two login roles since a moment: logins of the application, and refusals of it. */
async function logins(since: Date): Promise<{ readonly authorized: number; readonly refused: number }> {
  const lines = (await harness.world.postgresLog(LITELLM)).split('\n').filter((line) => {
    const at = /"log_time":"(\S+ \S+) UTC"/.exec(line)?.[1];
    return at !== undefined && Date.parse(`${at.replace(' ', 'T')}Z`) >= since.getTime();
  });
  const roles = new RegExp(`"user_name":"(${A.role}|${B.role})"`);
  const own = lines.filter((line) => roles.test(line) && !line.includes('"connection_from":"127.0.0.1'));
  return {
    authorized: own.filter((line) => line.includes('connection authorized')).length,
    refused: own.filter((line) => line.includes('"sql_state_code":"28')).length,
  };
}

/** That the application's Secret names that role, which works, and that the other one is locked. */
async function expectActive(role: string, oldPassword: string): Promise<void> {
  const { world } = harness;
  const { username, password = '', uri } = await world.secret(LITELLM);
  const other = role === A.role ? B.role : A.role;
  expect(username).toBe(role);
  expect(uri).toBe(`postgresql://${role}:${password}@litellm-postgresql-rw:5432/litellm`);
  expect(await world.accepts(LITELLM, password, role)).toBe(true);
  expect(await world.accepts(LITELLM, oldPassword, other)).toBe(false);
  for (const { secret } of [A, B])
    expect((await world.secret({ ...LITELLM, secret }))['password']).toMatch(/^SCRAM-SHA-256\$/);
  for (const pod of await world.applicationPods(LITELLM))
    expect(pod).toMatchObject({ ready: true, lastLine: expect.stringContaining(`accepted user=${role}`) as string });
  // The table of the last role can be dropped by the next one, since it is the owner's.
  expect(await ownerOfNewTable()).toBe(LITELLM.alternating.owner);
}

/** Creates a table as the application does, with the credential of now. @returns whose it is. */
async function ownerOfNewTable(): Promise<string> {
  const { world } = harness;
  const { spec } = await world.core.readNamespacedService({ namespace: 'ai-system', name: `${LITELLM.cluster}-rw` });
  const { username: user, password } = await world.secret(LITELLM);
  const client = new pg.Client({ host: spec?.clusterIP ?? '', database: LITELLM.database, user, password });
  await client.connect();
  try {
    await client.query('DROP TABLE IF EXISTS made_by_a_login_role');
    await client.query('CREATE TABLE made_by_a_login_role (id int)');
    const { rows } = await client.query<{ tableowner: string }>(
      "SELECT tableowner FROM pg_tables WHERE tablename = 'made_by_a_login_role'",
    );
    return rows[0]?.tableowner ?? '';
  } finally {
    await client.end();
  }
}

describe('a rotation with alternating roles', () => {
  it(
    'lets the idle role take over, and no login fails',
    async () => {
      const { world } = harness;
      const worker = await harness.startWorker();
      const began = new Date();
      const oldPassword = await world.password(LITELLM);
      const rotated = await run(
        'node',
        [CLI, 'rotate', 'litellm', '--strategy', 'alternating', '--output', 'json'],
        harness.environment,
      );
      expect({ code: rotated.code, stderr: rotated.stderr }).toEqual({ code: 0, stderr: '' });
      const report = JSON.parse(rotated.stdout) as RotationReport;
      expect(ownWarnings(report)).toEqual([]);
      expect(report.steps.map(({ step, role }) => (role === undefined ? step : `${step} ${role}`))).toEqual([
        'preflight',
        'stage',
        `prepare ${B.role}`,
        `sync ${B.role}`,
        'publish',
        'restart',
        'drain',
        `retire ${A.role}`,
        `sync ${A.role}`,
        'verify',
        'watch',
        'finish',
      ]);
      await expectActive(B.role, oldPassword);
      expect(report.refusedLogins?.count).toBe(0);
      const seen = await logins(began);
      expect(seen.refused).toBe(0);
      expect(seen.authorized).toBeGreaterThan(100);
      await worker.kill('SIGTERM');
    },
    2 * MINUTE,
  );

  it(
    'of an application that never becomes ready goes back, and no login fails either',
    async () => {
      const { world } = harness;
      const began = new Date();
      const worker = await harness.startWorker();
      const oldPassword = await world.password(LITELLM);
      const verifiers = await Promise.all([A, B].map(({ secret }) => world.password({ ...LITELLM, secret })));
      await deployReaderOfOnePassword(world, LITELLM, { password: oldPassword, progressDeadlineSeconds: 20 });
      try {
        const report = await harness.rotate(LITELLM.name, { strategy: 'alternating' });
        expect(report).toMatchObject({
          outcome: 'rolled-back',
          cause: { type: 'RolloutIncomplete', message: expect.stringContaining(READER_OF_ONE_PASSWORD) as string },
        });
        expect(report.refusedLogins?.count).toBe(0);
        expect((await world.password(LITELLM)) === oldPassword).toBe(true);
        await expectActive(B.role, 'no password of the other one');
        expect(await Promise.all([A, B].map(({ secret }) => world.password({ ...LITELLM, secret })))).toEqual(
          verifiers,
        );
        expect((await logins(began)).refused).toBe(0);
      } finally {
        await world.apps.deleteNamespacedDeployment({ namespace: LITELLM.namespace, name: READER_OF_ONE_PASSWORD });
        await worker.kill('SIGTERM');
      }
    },
    4 * MINUTE,
  );

  it('leaves no password in PostgreSQL’s log, though that has every statement', async () => {
    const text = [...logs, await harness.world.postgresLog(LITELLM, entered)].join('\n');
    expect(text).toContain('connection authorized');
    expect(text).toMatch(/"message":"(statement|execute [^"]*): /);
    // CNPG before 1.29.2 logs what its Secrets hold: verifiers, with which nobody can log in.
    const passwords = [...harness.passwords].filter((password) => !password.startsWith('SCRAM-SHA-256$'));
    expect(passwords.length).toBeGreaterThan(2);
    const needles = passwords.map((password, index) => ({ name: `password ${index}`, text: password }));
    expect(findSecrets([{ name: 'PostgreSQL’s log', text }], needles)).toEqual([]);
  });
});
