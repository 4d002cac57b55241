import { stringify } from 'yaml';
import { until } from '../../sandbox/harness/until.ts';
import type { World } from '../../sandbox/harness/world.ts';
import type { Component } from '../../src/domain/component.ts';
import type { Step } from '../../src/domain/steps.ts';
import { rotateThrough } from '../harness/faults/act-in-step.ts';
import { deletePod, switchOver } from '../harness/faults/faults.ts';
import { useHarness } from '../harness/harness.ts';
import { expectNewPasswords, passwordsOf } from '../harness/proofs/password-agreement.ts';
import {
  createTrio,
  loginsOfTrio,
  loseStandby,
  removeTrio,
  TRIO,
  TRIO_ENTRIES,
  untilTrioIsWell,
} from '../harness/world/three-instances.ts';

const MINUTE = 60_000;
const STEPS: readonly Step[] = ['stage', 'publish', 'sync', 'restart', 'verify'];

const harness = useHarness({
  catalogue: stringify({ components: TRIO_ENTRIES }),
  asAdministrator: true,
  throughProxy: true,
  worker: true,
});

let logins: readonly Component[] = [];

beforeAll(async () => {
  logins = await loginsOfTrio(harness.world);
  await createTrio(harness.world, logins);
}, 6 * MINUTE);

afterAll(() => removeTrio(harness.world), 3 * MINUTE);

async function untilAnotherPrimary(world: World, before: string): Promise<void> {
  await until(
    `another primary than ${before}`,
    async () => {
      const { status } = await world.cluster(TRIO.owner);
      return status?.currentPrimary !== before && status?.currentPrimary === status?.targetPrimary;
    },
    2 * MINUTE,
  );
}

/** What happens to the instances. @returns what waits until all of it has happened. */
const EVENTS: Readonly<Record<string, (world: World) => Promise<() => Promise<void>>>> = {
  'a failover, because the primary’s pod is deleted': async (world) => {
    const before = await world.primary(TRIO.owner);
    await deletePod(world, TRIO.owner.namespace, before);
    return () => untilAnotherPrimary(world, before);
  },
  'a switchover, as kubectl cnpg promote asks for it': async (world) => {
    const before = await world.primary(TRIO.owner);
    await switchOver(world, TRIO.owner);
    return () => untilAnotherPrimary(world, before);
  },
  'a standby that is built anew': loseStandby,
};

/*
 * The owner by bootstrap, the superuser, a managed role and a DatabaseRole are rotated at once. Each is held as its step
 * begins until all four are there.
 */
describe.each(Object.entries(EVENTS))('four kinds of logins, and %s', (_, happen) => {
  it.each(STEPS)(
    'in %s: each rotation ends as it would have, with the one new password on all sides',
    async (step) => {
      const { world } = harness;
      const old = await passwordsOf(world, logins);
      let happened: () => Promise<void> = () => Promise.resolve();
      const reports = await rotateThrough(
        harness,
        logins.map((login) => [login, step] as const),
        async () => (happened = await happen(world)),
      );
      expect(reports.map(({ component, outcome, cause }) => [component, outcome, cause])).toEqual(
        logins.map(({ name }) => [name, 'rotated', undefined]),
      );
      await happened();
      await untilTrioIsWell(world, logins);
      await expectNewPasswords(world, logins, old);
    },
    6 * MINUTE,
  );
});

describe('a new primary that does not have the passwords, although they were proven', () => {
  it(
    'in verify: the rotation sets each again, where CNPG does not by the emergency',
    async () => {
      const { world } = harness;
      const old = await passwordsOf(world, logins);
      const reports = await rotateThrough(
        harness,
        logins.map((login) => [login, 'verify'] as const),
        async () => {
          const before = await world.primary(TRIO.owner);
          await switchOver(world, TRIO.owner);
          await untilAnotherPrimary(world, before);
          // CNPG has set its passwords on the new primary by then.
          for (const login of logins)
            await until(
              `${login.name} to log in`,
              async () => {
                const { password = '' } = await world.secret(login);
                return world.accepts(login, password).catch(() => false);
              },
              MINUTE,
            );
          for (const { role } of logins)
            await world.sql(TRIO.owner, `ALTER ROLE ${role} PASSWORD 'lost-in-a-failover'`);
        },
      );
      expect(reports.map(({ component, outcome, cause }) => [component, outcome, cause])).toEqual(
        logins.map(({ name }) => [name, 'rotated', undefined]),
      );
      const told = reports.filter(({ warnings }) =>
        warnings.some((one) => one.startsWith('A failover lost the password')),
      );
      // CNPG itself sets the password of a managed role again, at any change of the Cluster.
      for (const login of logins.filter((one) => one !== TRIO.managed))
        expect(told.map(({ component }) => component)).toContain(login.name);
      await untilTrioIsWell(world, logins);
      await expectNewPasswords(world, logins, old);
    },
    6 * MINUTE,
  );
});
