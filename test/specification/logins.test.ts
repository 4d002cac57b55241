import { Logins } from '../../sandbox/harness/logins.ts';
import { sample } from '../../sandbox/harness/sandbox-under-test.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import type { Step } from '../../src/domain/steps.ts';
import { awaitAdoption, startAdoption } from '../../src/client/adopt.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import { hold, killInEachStep, occurrences, TURN, type Occurrence } from '../harness/faults/kill-in-each-step.ts';
import { useHarness } from '../harness/harness.ts';
import { expectExactlyOnePassword, expectNewPasswords, passwordsOf } from '../harness/proofs/password-agreement.ts';
import {
  catalogueOf,
  createQuickStart,
  directLogin,
  removeQuickStart,
  untilSetAgain,
} from '../harness/world/quick-start.ts';

const MINUTE = 60_000;

/** The logins of which CNPG's status never tells anything. */
const OWNER = directLogin('lone', 'lone-db', 'app');
const SUPERUSER = directLogin('root', 'root-db', 'superuser');
const BOTH = [OWNER, SUPERUSER] as const;

// Declared before the harness: Jest goes through them in this order.
afterAll(async () => {
  await harness.world.scaleOperator(1);
  await harness.endRunningWorkflows();
  for (const component of BOTH) await removeQuickStart(harness.world, component);
}, 5 * MINUTE);

const harness = useHarness({
  catalogue: catalogueOf(BOTH).replaceAll(' }', ', watchSeconds: 0 }'),
  ...{ asAdministrator: true, throughProxy: true, worker: true, components: ['litellm'] },
});

beforeAll(async () => {
  await Promise.all([
    createQuickStart(harness.world, OWNER),
    createQuickStart(harness.world, SUPERUSER, { superuser: true }),
  ]);
}, 6 * MINUTE);

const STEPS = ['preflight', 'stage', 'publish', 'sync', 'restart', 'verify', 'finish'] as const;

const WAY_BACK = ['publish', 'sync', 'restart', 'verify', 'finish'] as const;

/** Each death of the worker costs ten seconds, so on the embedded sandbox the worker dies where most can go wrong. */
function sampleOf(steps: readonly Occurrence[]): readonly Occurrence[] {
  const worst: readonly Step[] = steps.some(([step]) => step === 'retire') ? ['declare', 'withdraw'] : ['publish'];
  return sample(
    steps,
    steps.filter(([step]) => worst.includes(step)),
  );
}

/** What was generated since, besides what stood in a Secret by then. */
function generatedSince(before: ReadonlySet<string>): number {
  return [...harness.passwords].filter((password) => !before.has(password)).length;
}

describe('the owner by bootstrap and the superuser', () => {
  it(
    'get their passwords by the emergency ALTER USER while CNPG’s operator is down, and CNPG settles on the same ones when it is back',
    async () => {
      const { world } = harness;
      const old = await passwordsOf(world, BOTH);
      await world.scaleOperator(0);
      const reports = await Promise.all(BOTH.map(({ name }) => harness.rotate(name)));
      expect(reports.map(({ outcome, cause }) => [outcome, cause])).toEqual(BOTH.map(() => ['rotated', undefined]));
      for (const { steps } of reports) expect(steps.map(({ step }) => step)).toContain('emergency');
      await expectNewPasswords(world, BOTH, old);

      const since = Date.now();
      const logins = await Logins.listen(world, OWNER.namespace, [OWNER.name, SUPERUSER.name]);
      await untilSetAgain(world, BOTH, () => world.scaleOperator(1)).finally(() => logins.stop());
      const tried = logins.between(since, Date.now());
      expect(tried.filter(({ outcome }) => outcome !== 'accepted')).toEqual([]);
      for (const { name } of BOTH) expect(tried.some(({ pod }) => pod.startsWith(`${name}-`))).toBe(true);
      await expectNewPasswords(world, BOTH, old);
    },
    6 * MINUTE,
  );

  it(
    'have one new password each when the worker is killed with SIGKILL in each step',
    async () => {
      const { world } = harness;
      const [old, before] = [await passwordsOf(world, BOTH), new Set(harness.passwords)];
      const handles = await killInEachStep(
        harness,
        BOTH.map((component) => ({
          component,
          steps: sampleOf(occurrences(STEPS)),
          start: () => harness.startRotation(component.name),
        })),
      );
      const reports = await Promise.all(handles.map(awaitReport));
      expect(reports.map(({ outcome, cause }) => [outcome, cause])).toEqual(BOTH.map(() => ['rotated', undefined]));
      await expectNewPasswords(world, BOTH, old);
      expect(generatedSince(before)).toBe(2);
    },
    6 * MINUTE,
  );

  it(
    'have every key of their Secrets back when the worker is killed with SIGKILL in each step of the way back',
    async () => {
      const { world } = harness;
      const was = await Promise.all(BOTH.map((component) => world.secret(component)));
      const before = new Set(harness.passwords);
      const started = await Promise.all(
        BOTH.map(async (component) => {
          const handle = await harness.startRotation(component.name);
          // As late as it can be told to go back.
          const late = hold(harness, component, handle, ['restart', 1]);
          await late.met;
          return { component, handle, late };
        }),
      );
      const handles = await killInEachStep(
        harness,
        started.map(({ component, handle, late }) => ({
          component,
          steps: sampleOf(occurrences(WAY_BACK, { publish: 1, sync: 1, restart: 1 })),
          start: async () => {
            await handle.cancel();
            late.release();
            return handle;
          },
        })),
      );
      const reports = await Promise.all(handles.map(awaitReport));
      expect(reports.map(({ outcome }) => outcome)).toEqual(BOTH.map(() => 'rolled-back'));
      expect(await Promise.all(BOTH.map((component) => world.secret(component)))).toEqual(was);
      const generated = [...harness.passwords].filter((password) => !before.has(password));
      expect(generated).toHaveLength(2);
      for (const [index, component] of BOTH.entries())
        await expectExactlyOnePassword(world, component, { valid: was[index]?.['password'] ?? '', invalid: generated });
    },
    8 * MINUTE,
  );

  it.each(['adopted', 'undone'] as const)(
    'the first of them is %s while the worker is killed with SIGKILL in each step, and no login is refused',
    async (outcome) => {
      const { world, temporal } = harness;
      const undo = outcome === 'undone';
      const around: readonly Step[] = undo ? ['stage', ...TURN, 'withdraw'] : ['split', 'stage', 'declare', ...TURN];
      const since = Date.now();
      const [was, logins] = [await world.secret(OWNER), await Logins.listen(world, OWNER.namespace, [OWNER.name])];
      const [handle] = await killInEachStep(harness, [
        {
          component: OWNER,
          steps: sampleOf(occurrences(['preflight', ...around, 'finish'])),
          start: () => startAdoption(temporal.client, TASK_QUEUE, { component: OWNER.name, undo }),
        },
      ]);
      const report = await awaitAdoption(handle).finally(() => logins.stop());
      expect(report).toMatchObject({ outcome, refusedLogins: { count: 0 } });
      expect(logins.between(since, Date.now()).filter((one) => one.outcome === 'refused')).toEqual([]);
      const { username, password = '' } = await world.secret(OWNER);
      expect(username).toBe(undo ? 'app' : 'app_a');
      expect(await world.accepts(OWNER, password, username)).toBe(true);
      expect(await world.accepts(OWNER, was['password'] ?? '', was['username'])).toBe(false);
    },
    8 * MINUTE,
  );
});
