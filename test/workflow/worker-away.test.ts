import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { awaitReport } from '../../src/client/rotate.ts';
import { RotationError } from '../../src/domain/failures.ts';
import { readWorkedTime } from '../../src/domain/proofs/worked-time.ts';
import type { Outcome } from '../../src/domain/rotation/report.ts';
import { createLocalEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { BACK, FORWARD } from './calls.ts';
import { StubActivities } from './stub-activities.ts';

/** A test has no minutes. `WORKER_AWAY_SECONDS=300` gives it five, which is more than any step's budget. */
const AWAY_SECONDS = Number(process.env['WORKER_AWAY_SECONDS'] ?? 4);

const WITH_EMERGENCY = FORWARD.flatMap((call) =>
  call.startsWith('sync') ? [call, 'emergencyAlterUser pending'] : [call],
);
/** The last proof fails, so the way back begins there. */
const FORTH_AND_BACK = [...FORWARD.slice(0, FORWARD.indexOf('verify pending') + 1), 'diagnose', ...BACK];

/** Each step of a rotation that goes well, of one that needs the emergency, and of one that goes back. */
const CASES = [
  ...FORWARD.map((call) => ({ call, path: FORWARD, outcome: 'rotated' })),
  { call: 'emergencyAlterUser pending', path: WITH_EMERGENCY, outcome: 'rotated' as Outcome },
  ...['diagnose', ...BACK].map((call) => ({ call, path: FORTH_AND_BACK, outcome: 'rolled-back' })),
].map((one, index) => ({ ...one, component: `component-${index}` }));

const harness = useWorkflowHarness(createLocalEnvironment);

/** One time away for all: each rotation is in another step when its worker stops. */
async function rotateAll() {
  const calls = new Map<string, string[]>(CASES.map(({ component }) => [component, []]));
  const reachedAt = new Map<string, number>();
  const charged = new Map<string, number>();
  const stubs = new StubActivities();
  stubs.notSynced = CASES.filter(({ path }) => path === WITH_EMERGENCY).map(({ component }) => component);
  const allReached = new Promise<void>((resolve) => {
    stubs.before = async (call, component) => {
      const one = CASES.find((of) => of.component === component);
      calls.get(component)?.push(call);
      if (call === one?.call && !reachedAt.has(component)) {
        reachedAt.set(component, performance.now());
        if (reachedAt.size === CASES.length) resolve();
        await Context.current().cancelled;
      }
      if (call === one?.call) charged.set(component, readWorkedTime(Context.current().info.heartbeatDetails).spentMs);
      if (call === 'verify pending' && one?.outcome === 'rolled-back')
        throw new RotationError('NewPasswordRefused', 'as the test asked');
    };
  });
  const handles = [];
  for (const { component } of CASES) handles.push(await harness.begin(stubs, { component }));
  await allReached;
  await harness.stop();
  const stoppedAt = performance.now();
  await sleep(AWAY_SECONDS * 1_000);
  await harness.start();
  const reports = await Promise.all(handles.map((handle) => awaitReport(handle)));
  return { calls, reachedAt, charged, reports, stoppedAt };
}

let all: ReturnType<typeof rotateAll> | undefined;

describe(`a worker that is away for ${AWAY_SECONDS} s`, () => {
  it.each(CASES.map((one, index) => [one.outcome, one.call, one, index] as const))(
    'leaves a rotation %s that was at %s, and is charged to nobody',
    async (outcome, call, { component, path }, index) => {
      all ??= rotateAll();
      const { calls, reachedAt, charged, reports, stoppedAt } = await all;
      expect(reports[index]?.outcome).toBe(outcome);
      expect(calls.get(component)).toEqual(path.flatMap((one) => (one === call ? [one, one] : [one])));
      const worked = stoppedAt - (reachedAt.get(component) ?? 0);
      expect(charged.get(component)).toBeGreaterThan(0);
      expect(charged.get(component)).toBeLessThan(worked + 1_000);
    },
    (AWAY_SECONDS + 120) * 1_000,
  );
});
