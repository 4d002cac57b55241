import { decideWait, readsOldValue, type JobsWait } from '../../../src/domain/consumers/jobs.ts';

const FIRST: JobsWait = { pods: ['nightly-1', 'nightly-2'], look: 'first' };
const LAST: JobsWait = { pods: ['hourly-1'], look: 'last' };

describe('the wait for running Jobs', () => {
  it.each<readonly [string, JobsWait | undefined, readonly string[], ReturnType<typeof decideWait>]>([
    ['is over when none runs', undefined, [], { kind: 'over', left: [] }],
    ['begins with the pods that run', undefined, FIRST.pods, { kind: 'wait', wait: FIRST }],
    ['goes on while one of these runs', FIRST, ['nightly-2', 'hourly-1'], { kind: 'wait', wait: FIRST }],
    ['is over when these have ended', FIRST, [], { kind: 'over', left: [] }],
    ['looks once more for what started meanwhile', FIRST, ['hourly-1'], { kind: 'wait', wait: LAST }],
    ['waits for what it saw then', LAST, ['hourly-1', 'hourly-2'], { kind: 'wait', wait: LAST }],
    ['does not look a third time', LAST, ['hourly-2'], { kind: 'over', left: ['hourly-2'] }],
  ])('%s', (_, before, living, verdict) => {
    expect(decideWait(before, living)).toEqual(verdict);
  });
});

describe('a pod that started', () => {
  const changed = new Date('2026-11-24T08:00:00Z');
  it.each<readonly [string, string | undefined, readonly (Date | undefined)[], boolean]>([
    ['before the change reads the old value', '2026-11-24T07:59:59Z', [changed], true],
    ['in the same second counts as older', '2026-11-24T08:00:00Z', [changed], true],
    ['after the change reads the new value', '2026-11-24T08:00:01Z', [changed], false],
    [
      'before the change of one of two Secrets reads an old value',
      '2026-11-24T08:00:01Z',
      [changed, new Date('2026-11-24T08:00:05Z')],
      true,
    ],
    ['at a time that nobody knows counts as older', undefined, [changed], true],
    ['after a change whose time nobody knows counts as older', '2026-11-24T08:00:01Z', [undefined], true],
  ])('%s', (_, createdAt, changedAt, old) => {
    expect(readsOldValue({ name: 'nightly-1', secrets: ['litellm-db-secret'], createdAt }, changedAt)).toBe(old);
  });
});
