import { Logins } from '../../sandbox/harness/logins.ts';
import { CLI, run } from '../../sandbox/harness/programs.ts';
import { sample } from '../../sandbox/harness/sandbox-under-test.ts';
import { awaitAdoption, startAdoption } from '../../src/client/adopt.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import { useHarness } from '../harness/harness.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { createQuickStart, directLogin, removeQuickStart } from '../harness/world/quick-start.ts';
import { RoleFacts } from '../harness/world/role-facts.ts';

const MINUTE = 60_000;
const [TIMES = 0] = sample([10], [2]);
const [INSTANCES] = sample([3], [1]);

const WEB = directLogin('web', 'cluster-example', 'app');
/** All that a person writes. */
const FIVE_LINES = `components:
  - name: web
    namespace: ai-system
    cluster: cluster-example
    role: app
    secret: cluster-example-app
`;

// Declared before the harness: Jest goes through them in this order.
afterAll(async () => {
  await harness.endRunningWorkflows();
  await removeQuickStart(harness.world, WEB);
}, 5 * MINUTE);

const harness = useHarness({ catalogue: FIVE_LINES, asAdministrator: true, worker: true, components: ['litellm'] });

beforeAll(() => createQuickStart(harness.world, WEB, { instances: INSTANCES }), 6 * MINUTE);

const adopt = async (undo: boolean) =>
  awaitAdoption(await startAdoption(harness.temporal.client, TASK_QUEUE, { component: WEB.name, undo }));

describe('a new Cluster of CNPG’s own quick start', () => {
  it(
    'is ready by five lines of the catalogue, and a rotation in place changes every key of its Secret',
    async () => {
      const { world, environment } = harness;
      const before = await world.secret(WEB);
      const { spec } = await world.cluster(WEB);
      expect(spec).toMatchObject({ bootstrap: { initdb: { database: 'app', owner: 'app' } } });
      expect(spec).not.toHaveProperty('managed.roles');
      const checked = await run('node', [CLI, 'check', WEB.name], environment);
      expect([checked.code, checked.stdout]).toEqual([0, expect.stringMatching(/ready/i)]);
      const rotated = await run('node', [CLI, 'rotate', WEB.name], environment);
      expect([rotated.code, rotated.stdout]).toEqual([0, expect.stringContaining('rotated')]);
      await expectExactlyOnePassword(world, WEB, { invalid: [before['password'] ?? ''] });
      const after = await world.secret(WEB);
      const changed = Object.keys(after).filter((key) => after[key] !== before[key]);
      expect(changed.sort()).toEqual(
        ['fqdn-jdbc-uri', 'fqdn-uri', 'jdbc-uri', 'password', 'pgpass', 'uri'].filter((key) => key in before),
      );
    },
    4 * MINUTE,
  );

  it(
    `is adopted, takes ${TIMES} turns and goes back, and no login of its application is refused`,
    async () => {
      const { world } = harness;
      const facts = new RoleFacts(world);
      const { spec } = await world.cluster(WEB);
      const since = Date.now();
      const logins = await Logins.listen(world, WEB.namespace, [WEB.name]);
      try {
        expect(await adopt(false)).toMatchObject({ outcome: 'adopted', refusedLogins: { count: 0 } });
        let outgoing: Record<string, string> = {};
        for (let time = 1; time <= TIMES; time += 1) {
          outgoing = await world.secret(WEB);
          const { outcome, cause, refusedLogins } = await harness.rotate(WEB.name, { strategy: 'alternating' });
          expect([time, outcome, cause, refusedLogins?.count]).toEqual([time, 'rotated', undefined, 0]);
        }
        expect(await facts.loginRoles(WEB)).toBe('app_a app_b');
        expect(await world.accepts(WEB, outgoing['password'] ?? '', outgoing['username'])).toBe(false);
        expect(await adopt(true)).toMatchObject({ outcome: 'undone', refusedLogins: { count: 0 } });
        const tried = logins.between(since, Date.now());
        expect(tried.filter(({ outcome }) => outcome === 'refused')).toEqual([]);
        expect(tried.filter(({ outcome }) => outcome === 'accepted').length).toBeGreaterThan(100 * TIMES);
      } finally {
        logins.stop();
      }
      await expectExactlyOnePassword(world, WEB);
      // An empty list of managed roles may stay.
      const { managed, ...rest } = (await world.cluster(WEB)).spec as { managed?: { roles?: readonly unknown[] } };
      expect([rest, managed?.roles ?? []]).toEqual([spec, []]);
    },
    12 * MINUTE,
  );
});
