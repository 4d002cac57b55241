import { RbacAuthorizationV1Api } from '@kubernetes/client-node';
import type { AdoptionReport } from '../../src/domain/adopt/index.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { LoginTally } from '../harness/world/login-tally.ts';
import { CLI, run } from '../../sandbox/harness/programs.ts';

const MINUTE = 60_000;

/** What the Cluster and the namespace were before the adoption. */
let before: { readonly spec: unknown; readonly secrets: readonly string[]; readonly grants: string };

// Declared before the harness: Jest goes through them in this order.
afterAll(async () => {
  const { world } = harness;
  await harness.endRunningWorkflows();
  // What a test that failed has left adopted.
  if ((await world.secret(LITELLM))['username'] !== LITELLM.role) {
    await harness.startWorker();
    await run('node', [CLI, 'adopt', 'litellm', '--undo'], harness.environment);
  }
  await asSuperuser('DROP TABLE IF EXISTS made_by_a, made_by_b, made_by_owner;');
  const rbac = world.config.makeApiClient(RbacAuthorizationV1Api);
  for (const namespace of ['ai-system', 'cache']) {
    await rbac.deleteNamespacedRoleBinding({ namespace, name: 'cnpg-rotator-adoption' });
    await rbac.deleteNamespacedRole({ namespace, name: 'cnpg-rotator-adoption' });
  }
}, 5 * MINUTE);

const harness = useHarness({ mayAdopt: true });
beforeAll(async () => {
  before = await look();
});

async function look(): Promise<typeof before> {
  const { world } = harness;
  const { items } = await world.core.listNamespacedSecret({ namespace: LITELLM.namespace });
  return {
    spec: (await world.cluster(LITELLM)).spec,
    secrets: items.map(({ metadata }) => metadata?.name ?? '').sort(),
    grants: await asSuperuser(
      "SELECT datacl, (SELECT nspacl FROM pg_namespace WHERE nspname = 'public'), (SELECT array_agg(defaclacl) FROM pg_default_acl) FROM pg_database WHERE datname = 'litellm';",
    ),
  };
}

/** Runs `cnpg-rotate adopt` while the application logs in all the time. @returns its report, if no login was refused. */
async function adopt(...options: string[]): Promise<AdoptionReport> {
  const tally = new LoginTally(harness.world, LITELLM);
  const { code, stdout, stderr } = await run(
    'node',
    [CLI, 'adopt', 'litellm', '--output', 'json', ...options],
    harness.environment,
  );
  const { accepted, others } = await tally.stop();
  const report = JSON.parse(stdout) as AdoptionReport;
  expect({ code, stderr, cause: report.cause }).toEqual({ code: 0, stderr: '' });
  expect(others).toEqual([]);
  expect(report.refusedLogins?.count).toBe(0);
  // Two pods and ten logins a second of each: the zero above is one of many.
  expect(accepted).toBeGreaterThan(100);
  return report;
}

/** What SQL prints that the superuser runs in the component's database. */
const asSuperuser = (sql: string): Promise<string> =>
  harness.world.sql(LITELLM, `\\connect ${LITELLM.database}\n${sql}`);

const roles = (): Promise<string> =>
  asSuperuser("SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE rolname LIKE 'litellm%';");

const ownersOf = (like: string): Promise<string> =>
  asSuperuser(
    `SELECT string_agg(tablename || ' ' || tableowner, ', ' ORDER BY tablename) FROM pg_tables WHERE tablename LIKE '${like}';`,
  );

describe('cnpg-rotate adopt', () => {
  it(
    'tells with --dry-run what it would do and what Git has to follow, and changes nothing',
    async () => {
      const { world, environment } = harness;
      await harness.startWorker();
      await world.asApplication(LITELLM, "CREATE TABLE made_by_owner (); ALTER ROLE litellm SET work_mem = '5MB';");
      const was = await world.snapshot(LITELLM.namespace);
      const { code, stdout, stderr } = await run('node', [CLI, 'adopt', 'litellm', '--dry-run'], environment);
      expect({ stdout: code === 0 ? '' : stdout, stderr }).toEqual({ stdout: '', stderr: '' });
      expect(stdout).toContain('+++ b/litellm-postgresql.yaml');
      expect(stdout).toMatch(/\+ +- name: litellm_a\n/);
      expect(stdout).toContain('Put "litellm_a" and its password into the application\'s Secrets');
      expect((await world.snapshot(LITELLM.namespace)) === was).toBe(true);
    },
    MINUTE,
  );

  it(
    'converts the component without a refused login',
    async () => {
      const { world } = harness;
      const oldPassword = await world.password(LITELLM);
      const report = await adopt('--reason', 'end to end');
      expect(report).toMatchObject({ outcome: 'adopted', turn: { idle: { role: 'litellm_a' } } });
      expect(report.patch).toContain('+++ b/litellm-postgresql.yaml');
      expect((await world.secret(LITELLM))['username']).toBe('litellm_a');
      expect(await world.accepts(LITELLM, oldPassword)).toBe(false);
      expect(await roles()).toBe('litellm litellm_a litellm_b');
      expect(await world.asApplication(LITELLM, 'CREATE TABLE made_by_a (); SHOW work_mem;')).toBe('5MB');
    },
    3 * MINUTE,
  );

  it(
    'does nothing when it is started again',
    async () => {
      const was = await harness.world.snapshot(LITELLM.namespace);
      const { code, stdout } = await run('node', [CLI, 'adopt', 'litellm', '-o', 'json'], harness.environment);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'adopted', plan: ['Nothing: it has alternating roles.'] });
      expect((await harness.world.snapshot(LITELLM.namespace)) === was).toBe(true);
    },
    MINUTE,
  );

  it(
    'makes a component whose rotation refuses nobody',
    async () => {
      const tally = new LoginTally(harness.world, LITELLM);
      const report = await harness.rotate('litellm', { strategy: 'alternating' });
      const { accepted, others } = await tally.stop();
      expect(report).toMatchObject({ outcome: 'rotated', turn: { idle: { role: 'litellm_b' } } });
      expect(others).toEqual([]);
      expect(accepted).toBeGreaterThan(100);
      await harness.world.asApplication(LITELLM, 'CREATE TABLE made_by_b ();');
    },
    3 * MINUTE,
  );

  it(
    'goes back with --undo without a refused login, and leaves everything as it was',
    async () => {
      const { world } = harness;
      const report = await adopt('--undo');
      expect(report).toMatchObject({ outcome: 'undone', turn: { active: { role: 'litellm_b' } } });
      const { username, password = '' } = await world.secret(LITELLM);
      expect(username).toBe('litellm');
      expect(await world.accepts(LITELLM, password)).toBe(true);
      expect(await roles()).toBe('litellm');
      expect(await ownersOf('made_by_%')).toBe('made_by_a litellm, made_by_b litellm, made_by_owner litellm');
      expect(await look()).toEqual(before);
      await asSuperuser('ALTER ROLE litellm RESET work_mem;');
    },
    3 * MINUTE,
  );
});
