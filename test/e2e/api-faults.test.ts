import type { Component } from '../../src/domain/component.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Fault } from '../harness/faults/fault-proxy.ts';
import { DRAGONFLY, LANGFUSE, LITELLM, OBOT, useHarness } from '../harness/harness.ts';
import { rotateThrough } from '../harness/faults/act-in-step.ts';
import { expectExactlyOnePassword, expectNewPasswords, passwordsOf } from '../harness/proofs/password-agreement.ts';
import { run } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';

const MINUTE = 60_000;
const OUTAGE_MS = 30_000;

const harness = useHarness({ throughProxy: true, worker: true });

beforeEach(() => {
  harness.proxy.fault = () => undefined;
});

/** That all rotate at once, each leaving one password, which is a new one. */
async function expectRotated(
  components: readonly Component[],
  rotateAll: () => Promise<readonly RotationReport[]>,
): Promise<void> {
  const { world } = harness;
  const old = await passwordsOf(world, components);
  const reports = await rotateAll();
  expect(reports.map(({ component, outcome, cause }) => ({ component, outcome, cause }))).toEqual(
    components.map(({ name }) => ({ component: name, outcome: 'rotated' })),
  );
  await expectNewPasswords(world, components, old);
}

describe('an API server that fails now and then', () => {
  const faults: readonly (readonly [Component, Fault])[] = [
    [LITELLM, { status: 409, reason: 'Conflict' }],
    [LANGFUSE, { status: 429, reason: 'TooManyRequests' }],
    [OBOT, { status: 500, reason: 'InternalError' }],
    [DRAGONFLY, 'disconnect'],
  ];
  it(
    'with 409, 429, 500 or a connection that breaks, each for about every fourth request of a rotation: all end as they would have',
    async () => {
      const failing = faults.map(([{ name }, fault]) => ({ name, next: aboutEveryFourth(fault), count: 0 }));
      harness.proxy.fault = ({ path }) => {
        const one = failing.find(({ name }) => path.includes(name));
        const fault = one?.next();
        if (one !== undefined && fault !== undefined) one.count += 1;
        return fault;
      };
      await expectRotated(
        faults.map(([component]) => component),
        () => Promise.all(failing.map(({ name }) => harness.rotate(name))),
      );
      for (const { count } of failing) expect(count).toBeGreaterThan(5);
    },
    5 * MINUTE,
  );

  it(
    'with watches that are dropped again and again: the rotation ends as it would have',
    async () => {
      let dropped = 0;
      const dropping = setInterval(() => (dropped += harness.proxy.dropWatches()), 200);
      try {
        await expectRotated([LITELLM], async () => [await harness.rotate()]);
      } finally {
        clearInterval(dropping);
      }
      expect(dropped).toBeGreaterThan(5);
    },
    5 * MINUTE,
  );
});

describe('an API server that is away for 30 s', () => {
  // All steps; together those that a rotation reaches at about the same time.
  const rounds: readonly (readonly (readonly [Component, Step])[])[] = [
    [
      [LITELLM, 'preflight'],
      [LANGFUSE, 'stage'],
      [OBOT, 'publish'],
      [DRAGONFLY, 'sync'],
    ],
    [
      [LITELLM, 'restart'],
      [LANGFUSE, 'verify'],
      [OBOT, 'finish'],
    ],
  ];
  it.each(rounds.map((at) => [at.map(([, step]) => step).join(', '), at] as const))(
    'for rotations that are at their %s: each waits, and ends as it would have',
    async (_, at) => {
      const { proxy } = harness;
      const goAway = (): Promise<void> => {
        proxy.fault = () => 'disconnect';
        proxy.dropWatches();
        setTimeout(() => (proxy.fault = () => undefined), OUTAGE_MS);
        return Promise.resolve();
      };
      proxy.faults = 0;
      await expectRotated(
        at.map(([component]) => component),
        () => rotateThrough(harness, at, goAway),
      );
      expect(proxy.faults).toBeGreaterThan(at.length);
    },
    5 * MINUTE,
  );
});

describe('the API server itself, killed for 30 s', () => {
  it(
    'in the sync of one rotation and the restart of another: both wait; each is rotated, or goes back where Kubernetes’ rollout takes longer than the budget after that',
    async () => {
      const { world } = harness;
      let back: ReturnType<typeof run> | undefined;
      const kill = (): Promise<unknown> => {
        back = run('npm', ['run', '-s', 'sandbox', '--', 'fault', 'api-server', '--seconds', '30']);
        return until('the API server to be gone', async () => !(await world.answers()), MINUTE);
      };
      const old = await Promise.all([LANGFUSE, OBOT].map((component) => world.password(component)));
      const [synced, restarted] = await rotateThrough(
        harness,
        [
          [LANGFUSE, 'sync'],
          [OBOT, 'restart'],
        ],
        kill,
      );
      for (const [report, component, was = ''] of [
        [synced, LANGFUSE, old[0]],
        [restarted, OBOT, old[1]],
      ] as const) {
        // Kubernetes' own controllers wait before they go on: a rollout may take longer than its budget then.
        const late = { outcome: 'rolled-back', cause: { type: 'RolloutIncomplete' } };
        const isRotated = report?.outcome === 'rotated';
        expect(report).toMatchObject(isRotated ? { outcome: 'rotated' } : late);
        await expectExactlyOnePassword(world, component, isRotated ? { invalid: [was] } : { valid: was });
      }
      expect(await back).toMatchObject({ code: 0 });
      await until('the sandbox to be well again', () => world.isWell(), 2 * MINUTE);
    },
    8 * MINUTE,
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
