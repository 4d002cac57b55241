import type { WorkflowHandle } from '@temporalio/client';
import { awaitAdoption, startAdoption } from '../../src/client/adopt.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import type { Component } from '../../src/domain/component.ts';
import type { Step } from '../../src/domain/steps.ts';
import { Logins } from '../../sandbox/harness/logins.ts';
import { interrupt, INTERRUPTIONS, type Interruption } from '../harness/faults/interrupt.ts';
import { occurrences, TURN, type Occurrence } from '../harness/faults/kill-in-each-step.ts';
import { DRAGONFLY, LANGFUSE, LITELLM, OBOT, useHarness } from '../harness/harness.ts';
import { RoleFacts } from '../harness/world/role-facts.ts';

/*
 * An adoption, a turn of two roles and an undoing, each interrupted in each of its steps, and started again: the same end
 * as without, and no refused login. Four components are interrupted at once, each in another step. It takes more than an
 * hour on the embedded sandbox: `npm run test:interrupted`.
 */

const MINUTE = 60_000;
const ALL = [LITELLM, LANGFUSE, OBOT, DRAGONFLY] as const;

/** In place of `withdraw`, which writes several times: interrupted after one of its writes. */
const WITHDRAWALS = 6;

let logins: readonly Logins[] = [];
let facts: RoleFacts;
let before: readonly unknown[] = [];

// Declared before the harness: Jest goes through them in this order.
afterAll(async () => {
  for (const one of logins) one.stop();
  await harness.endRunningWorkflows();
  // What a test that failed has left adopted.
  for (const component of ALL)
    if ((await harness.world.secret(component))['username'] !== component.role)
      await awaitAdoption(await start(component, 'undo')).catch(() => undefined);
}, 15 * MINUTE);

const harness = useHarness({
  asAdministrator: true,
  throughProxy: true,
  worker: true,
  catalogue: `components:\n${ALL.map(({ name, namespace }) => `  - { name: ${name}, namespace: ${namespace}, watchSeconds: 0 }`).join('\n')}\n`,
});

beforeAll(async () => {
  const { world } = harness;
  facts = new RoleFacts(world);
  before = await Promise.all(ALL.map((one) => facts.keptByAnUndoing(one)));
  logins = await Promise.all([
    Logins.listen(world, LITELLM.namespace, ['litellm', 'langfuse', 'obot']),
    Logins.listen(world, DRAGONFLY.namespace, ['dragonfly']),
  ]);
}, 3 * MINUTE);

type What = 'adopt' | 'rotate' | 'undo';
const ENDS: Readonly<Record<What, string>> = { adopt: 'adopted', rotate: 'rotated', undo: 'undone' };

const STEPS: Readonly<Record<What, readonly Occurrence[]>> = {
  adopt: occurrences(['preflight', 'split', 'stage', 'declare', ...TURN, 'finish']),
  rotate: occurrences(['preflight', 'stage', ...TURN, 'finish']),
  undo: occurrences([
    'preflight',
    'stage',
    ...TURN,
    ...Array.from({ length: WITHDRAWALS }, (): Step => 'withdraw'),
    'finish',
  ]),
};

function start(component: Component, what: What): Promise<WorkflowHandle> {
  return what === 'rotate'
    ? harness.startRotation(component.name, { strategy: 'alternating' })
    : startAdoption(harness.temporal.client, TASK_QUEUE, { component: component.name, undo: what === 'undo' });
}

const endOf = async (handle: WorkflowHandle, what: What): Promise<unknown> => {
  const { outcome, cause, tookOver } = await (what === 'rotate' ? awaitReport(handle) : awaitAdoption(handle));
  return outcome === ENDS[what] ? outcome : { outcome, cause, tookOver };
};

/** What an application may log in with afterwards, and who may not. */
async function expectEnd(what: What, was: readonly Readonly<Record<string, string>>[], since: number): Promise<void> {
  const { world } = harness;
  for (const [index, component] of ALL.entries()) {
    const { username = '', password = '' } = await world.secret(component);
    const { username: oldName = '', password: old = '' } = was[index] ?? {};
    expect([component.name, username === component.role]).toEqual([component.name, what === 'undo']);
    expect([component.name, await world.accepts(component, password, username)]).toEqual([component.name, true]);
    expect([component.name, await world.accepts(component, old, oldName)]).toEqual([component.name, false]);
    expect([component.name, await world.staged(component)]).toEqual([component.name, undefined]);
    if (what === 'undo') expect(await facts.keptByAnUndoing(component)).toEqual(before[index]);
  }
  const tried = logins.flatMap((one) => one.between(since, Date.now()));
  expect(tried.filter(({ outcome }) => outcome === 'refused')).toEqual([]);
  for (const { name } of ALL)
    expect([name, tried.some(({ pod, outcome }) => pod.startsWith(`${name}-`) && outcome === 'accepted')]).toEqual([
      name,
      true,
    ]);
}

/** Four steps at a time, one for each component; the last group is filled up from the beginning. */
function groups(steps: readonly Occurrence[]): readonly (readonly Occurrence[])[] {
  const count = Math.ceil(steps.length / ALL.length);
  return Array.from({ length: count }, (_, group) =>
    ALL.map((_, index) => steps[(group * ALL.length + index) % steps.length] ?? steps[0] ?? ['preflight', 1]),
  );
}

async function interruptEach(what: What, at: readonly Occurrence[], how: Interruption): Promise<void> {
  const [was, since] = [await Promise.all(ALL.map((one) => harness.world.secret(one))), Date.now()];
  const handles = await interrupt(
    harness,
    ALL.map((component, index) => {
      const [step, nth] = at[index] ?? ['preflight', 1];
      const start_ = () => start(component, what);
      return step === 'withdraw'
        ? { component, at: [step, 1] as const, write: nth, start: start_ }
        : { component, at: [step, nth] as const, start: start_ };
    }),
    how,
  );
  const ends = await Promise.all(handles.map((handle) => endOf(handle, what)));
  expect(ends).toEqual(ALL.map(() => ENDS[what]));
  await expectEnd(what, was, since);
}

describe.each(INTERRUPTIONS)('%s in each step and started again', (how) => {
  const all = { adopt: groups(STEPS.adopt), rotate: groups(STEPS.rotate), undo: groups(STEPS.undo) };
  const rounds = Math.max(...Object.values(all).map(({ length }) => length));
  it.each(
    Array.from({ length: rounds }, (_, round) => {
      const of = (what: What) => all[what][round % all[what].length] ?? [];
      const named = (what: What) =>
        of(what)
          .map(([step]) => step)
          .join(', ');
      const title = `an adoption (${named('adopt')}), a turn (${named('rotate')}) and an undoing (${named('undo')})`;
      return [title, { adopt: of('adopt'), rotate: of('rotate'), undo: of('undo') }] as const;
    }),
  )(
    '%s end as without, and no login is refused',
    async (_, at) => {
      await interruptEach('adopt', at.adopt, how);
      await interruptEach('rotate', at.rotate, how);
      await interruptEach('undo', at.undo, how);
    },
    12 * MINUTE,
  );
});
