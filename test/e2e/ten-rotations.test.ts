import { awaitAdoption, startAdoption } from '../../src/client/adopt.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import { OBOT, useHarness } from '../harness/harness.ts';
import { Logins } from '../../sandbox/harness/logins.ts';
import { until } from '../../sandbox/harness/until.ts';
import { RoleFacts } from '../harness/world/role-facts.ts';

const MINUTE = 60_000;
const TIMES = 10;
const DEFAULT_SURGE = 1;

// Declared before the harness: Jest goes through them in this order.
afterAll(async () => {
  const { world } = harness;
  await harness.endRunningWorkflows();
  // What a test that failed has left adopted.
  if ((await world.secret(OBOT))['username'] !== OBOT.role) await adopt(true);
  await surge(DEFAULT_SURGE);
  await new RoleFacts(world).superuser(OBOT, 'DROP TABLE IF EXISTS made_by_owner, made_by_obot_a, made_by_obot_b;');
}, 10 * MINUTE);

const harness = useHarness({ asAdministrator: true, worker: true, components: ['obot'] });

const adopt = async (undo: boolean) =>
  awaitAdoption(await startAdoption(harness.temporal.client, TASK_QUEUE, { component: OBOT.name, undo }));

/** How many pods of a rollout start at once. */
const surge = (pods: number): Promise<void> =>
  harness.world.patchDeployment(OBOT.namespace, OBOT.name, {
    spec: { strategy: { rollingUpdate: { maxSurge: pods } } },
  });

describe('ten rotations with alternating roles, one after the other', () => {
  it(
    'fail no login; each role’s tables belong to the owner, grants are as before, two login roles exist, and one is refused',
    async () => {
      const { world } = harness;
      const facts = new RoleFacts(world);
      await world.asApplication(OBOT, 'CREATE TABLE made_by_owner (); GRANT SELECT ON made_by_owner TO pg_monitor;');
      await surge(2);
      const before = await facts.grants(OBOT);
      const since = Date.now();
      const logins = await Logins.listen(world, OBOT.namespace, [OBOT.name]);
      try {
        expect((await adopt(false)).outcome).toBe('adopted');
        let outgoing: Record<string, string> = {};
        for (let time = 1; time <= TIMES; time += 1) {
          outgoing = await world.secret(OBOT);
          const table = `made_by_${outgoing['username'] ?? ''}`;
          await world.asApplication(OBOT, `CREATE TABLE IF NOT EXISTS ${table} ();`);
          const { outcome, cause, refusedLogins } = await harness.rotate(OBOT.name, { strategy: 'alternating' });
          expect([time, outcome, cause, refusedLogins?.count]).toEqual([time, 'rotated', undefined, 0]);
        }
        expect(await facts.tables(OBOT)).toBe('made_by_obot_a obot, made_by_obot_b obot, made_by_owner obot');
        expect(await facts.grants(OBOT)).toBe(before);
        expect(await facts.loginRoles(OBOT)).toBe('obot_a obot_b');
        const { username, password = '' } = await world.secret(OBOT);
        expect([username, outgoing['username']].sort()).toEqual(['obot_a', 'obot_b']);
        expect(await world.accepts(OBOT, password, username)).toBe(true);
        expect(await world.accepts(OBOT, outgoing['password'] ?? '', outgoing['username'])).toBe(false);
        expect((await adopt(true)).outcome).toBe('undone');
        const tried = logins.between(since, Date.now());
        expect(tried.filter(({ outcome }) => outcome === 'refused')).toEqual([]);
        expect(tried.filter(({ outcome }) => outcome === 'accepted').length).toBeGreaterThan(500);
      } finally {
        logins.stop();
      }
      await until('the sandbox to be well', () => world.isWell(), MINUTE);
    },
    10 * MINUTE,
  );
});
