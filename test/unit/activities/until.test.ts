import { messageOf } from '../../../src/domain/failures.ts';
import { until, type Seen } from '../../../src/activities/proof/until.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';

const MISSING = { done: false, missing: 'nothing yet' } as const;
const BUDGET_MS = 5_000;

interface Case {
  /** What each look finds, at the time of the world; the first look is number 1. */
  readonly look: (number: number) => Seen<string>;
  /** When a change wakes the wait. */
  readonly changeAt?: number;
  readonly abortAt?: number;
  readonly startAt?: number;
  /** How it ends, and when it looked and acted. */
  readonly ends: string;
  readonly lookedAt: readonly number[];
  readonly actedAt?: readonly number[];
}

/** A world whose time passes only while something waits. */
async function wait({ look, changeAt = Infinity, abortAt = Infinity, startAt = 0 }: Case) {
  const world = { time: startAt };
  let open = 0;
  const abort = new AbortController();
  const [lookedAt, actedAt]: [number[], number[]] = [[], []];
  const deps = {
    watch: () => {
      open += 1;
      return {
        next: (ms: number) => {
          const { time } = world;
          world.time = Math.min(time + Math.max(ms, 1), ...[changeAt, abortAt].filter((moment) => moment > time));
          if (world.time >= abortAt) abort.abort(new Error('cancelled'));
          return Promise.resolve();
        },
        close: () => (open -= 1),
      };
    },
  };
  const clock = clockOf(world, BUDGET_MS, abort.signal);
  const ends = await until(deps, {
    clock,
    watched: [],
    look: async () => {
      lookedAt.push(world.time);
      const seen = await Promise.resolve(lookedAt.length).then(look);
      if (seen.done || seen.act === undefined) return seen;
      const { act } = seen;
      return { ...seen, act: () => (actedAt.push(world.time), act()) };
    },
  }).then(
    (seen) => (seen.done ? `done: ${seen.result}` : `missing: ${seen.missing}`),
    (error: unknown) => `throws: ${messageOf(error)}`,
  );
  return { ends, lookedAt, actedAt, open };
}

const doneAtLook =
  (wanted: number) =>
  (number: number): Seen<string> =>
    number === wanted ? { done: true, result: 'proven' } : MISSING;

describe('a wait for a proof', () => {
  it.each<[string, Case]>([
    ['does not wait for what the first look shows', { look: doneAtLook(1), ends: 'done: proven', lookedAt: [0] }],
    [
      'looks again as soon as a watched object changes',
      { look: doneAtLook(2), changeAt: 700, ends: 'done: proven', lookedAt: [0, 700] },
    ],
    [
      'looks again after two seconds where no watch tells of a change',
      { look: doneAtLook(3), ends: 'done: proven', lookedAt: [0, 2_000, 4_000] },
    ],
    [
      'looks again sooner where the look says so, and never later than usual',
      {
        look: (number) => ({ ...MISSING, missing: `look ${number}`, lookAgainMs: number === 1 ? 300 : 60_000 }),
        ends: 'missing: look 5',
        lookedAt: [0, 300, 2_300, 4_300, 5_000],
      },
    ],
    [
      'looks a last time when the budget is spent, and tells what was missing last',
      {
        look: (number) => ({ done: false, missing: `look ${number}` }),
        ends: 'missing: look 4',
        lookedAt: [0, 2_000, 4_000, BUDGET_MS],
      },
    ],
    [
      'counts what the last look shows, which comes when the budget is spent',
      { look: doneAtLook(4), ends: 'done: proven', lookedAt: [0, 2_000, 4_000, BUDGET_MS] },
    ],
    [
      'looks once where its budget was spent before it began',
      { look: doneAtLook(1), startAt: 9_000, ends: 'done: proven', lookedAt: [9_000] },
    ],
    [
      'does what a look wants done, and looks at what came of it',
      {
        look: (number) =>
          number === 1
            ? { ...MISSING, act: () => Promise.resolve(), lookAgainMs: 0 }
            : { done: true, result: 'proven' },
        ends: 'done: proven',
        lookedAt: [0, 1],
        actedAt: [0],
      },
    ],
    [
      'does nothing any more when the budget is spent',
      {
        look: () => ({ ...MISSING, act: () => Promise.resolve() }),
        startAt: BUDGET_MS,
        ends: 'missing: nothing yet',
        lookedAt: [BUDGET_MS],
        actedAt: [],
      },
    ],
    [
      'ends when it is cancelled, without another look',
      { look: () => MISSING, abortAt: 2_500, ends: 'throws: cancelled', lookedAt: [0, 2_000] },
    ],
    [
      'ends with what a look throws',
      {
        look: (number) => {
          if (number === 1) return MISSING;
          throw new Error('the Secret was changed');
        },
        ends: 'throws: the Secret was changed',
        lookedAt: [0, 2_000],
      },
    ],
    [
      'ends with what an act throws',
      {
        look: () => ({ ...MISSING, act: () => Promise.reject(new Error('the API server refuses')) }),
        ends: 'throws: the API server refuses',
        lookedAt: [0],
        actedAt: [0],
      },
    ],
  ])('%s, and closes its watch', async (_, given) => {
    const { ends, lookedAt, actedAt = [] } = given;
    expect(await wait(given)).toEqual({ ends, lookedAt, actedAt, open: 0 });
  });
});
