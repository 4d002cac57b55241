import type { Component } from '../../src/domain/component.ts';
import type { Step } from '../../src/domain/rotation.ts';
import type { Fault } from './support/fault-proxy.ts';
import { LANGFUSE, LITELLM, OBOT, useHarness } from './support/harness.ts';
import { inStep, reportAfter } from './support/in-step.ts';
import { expectExactlyOnePassword } from './support/one-password.ts';
import { run, until } from './support/programs.ts';

const MINUTE = 60_000;
const OUTAGE_MS = 30_000;

const harness = useHarness({ throughProxy: true, worker: true });

beforeEach(() => {
  harness.proxy.fault = () => undefined;
  harness.proxy.faults = 0;
});

describe('an API server that fails now and then', () => {
  const faults: readonly (readonly [string, Fault])[] = [
    ['409 Conflict', { status: 409, reason: 'Conflict' }],
    ['429 Too Many Requests', { status: 429, reason: 'TooManyRequests' }],
    ['500 Internal Server Error', { status: 500, reason: 'InternalError' }],
    ['a connection that breaks', 'disconnect'],
  ];
  it.each(faults)(
    'with %s for about every fourth request: the rotation ends as it would have',
    async (_, fault) => {
      const { world, proxy } = harness;
      const oldPassword = await world.password(LITELLM);
      proxy.fault = aboutEveryFourth(fault);
      const report = await harness.rotate();
      expect(report.outcome).toBe('rotated');
      expect(proxy.faults).toBeGreaterThan(5);
      await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
    },
    5 * MINUTE,
  );

  it(
    'with watches that are dropped again and again: the rotation ends as it would have',
    async () => {
      const { world, proxy } = harness;
      const oldPassword = await world.password(LITELLM);
      let dropped = 0;
      const dropping = setInterval(() => (dropped += proxy.dropWatches()), 200);
      try {
        expect((await harness.rotate()).outcome).toBe('rotated');
      } finally {
        clearInterval(dropping);
      }
      expect(dropped).toBeGreaterThan(5);
      await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
    },
    5 * MINUTE,
  );
});

describe('an API server that is away for 30 s', () => {
  const steps: readonly Step[] = ['preflight', 'stage', 'publish', 'sync', 'restart', 'verify', 'finish'];
  it.each(steps)(
    'from the first request of the step %s: the rotation waits, and ends as it would have',
    async (step) => {
      const { world, proxy } = harness;
      const oldPassword = await world.password(LITELLM);
      const away = inStep(harness, LITELLM, step, () => {
        proxy.fault = () => 'disconnect';
        proxy.dropWatches();
        setTimeout(() => (proxy.fault = () => undefined), OUTAGE_MS);
        return Promise.resolve();
      });
      const handle = await harness.startRotation();
      const report = await reportAfter(away, handle);
      expect(report.outcome).toBe('rotated');
      expect(proxy.faults).toBeGreaterThan(0);
      await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
    },
    5 * MINUTE,
  );
});

describe('the API server itself, killed for 30 s', () => {
  it(
    'in the sync of one rotation and the restart of another: both wait, and end as they would have',
    async () => {
      const { world } = harness;
      const at: readonly (readonly [Component, Step])[] = [
        [LANGFUSE, 'sync'],
        [OBOT, 'restart'],
      ];
      const old = await Promise.all(at.map(([component]) => world.password(component)));
      let there = 0;
      let back: ReturnType<typeof run> | undefined;
      const killedInStep = at.map(([component, step]) =>
        inStep(harness, component, step, async () => {
          there += 1;
          if (there === at.length)
            back = run('npm', ['run', '-s', 'sandbox', '--', 'fault', 'api-server', '--seconds', '30']);
          await until('the API server to be gone', async () => !(await world.answers()), MINUTE);
        }),
      );
      const handles = await Promise.all(at.map(([component]) => harness.startRotation(component.name)));
      const reports = await Promise.all(
        handles.map((handle, index) => reportAfter(killedInStep[index] ?? Promise.resolve(), handle)),
      );
      expect(reports.map(({ outcome }) => outcome)).toEqual(['rotated', 'rotated']);
      expect(await back).toMatchObject({ code: 0 });
      for (const [index, [component]] of at.entries())
        await expectExactlyOnePassword(world, component, { invalid: [old[index] ?? ''] });
      await until('the sandbox to be well again', () => world.isWell(), 2 * MINUTE);
    },
    5 * MINUTE,
  );
});

/** After 2, 3, 4, 2, … good requests: a step that makes four would meet every fourth at the same place each time it is tried. */
function aboutEveryFourth(fault: Fault): () => Fault | undefined {
  let good = 2;
  let left = good;
  return () => {
    left -= 1;
    if (left >= 0) return undefined;
    good = good === 4 ? 2 : good + 1;
    left = good;
    return fault;
  };
}
