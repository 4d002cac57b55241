import { isGivenUp, leftOf, pauseAfterMs, readWorkedTime } from '../../src/domain/proofs/worked-time.ts';

describe('the time that is worked on a step', () => {
  it.each<[string, unknown]>([
    ['by a first attempt, which has no heartbeat before it', undefined],
    ['by a worker of an earlier version, whose heartbeats were empty', null],
    ['by something that is no number', { spentMs: 'long', renewedAtMs: 0 }],
  ])('begins at nothing when the last heartbeat was sent %s', (_, details) => {
    expect(readWorkedTime(details)).toEqual({ spentMs: 0, renewedAtMs: 0 });
  });

  it('goes on from what the last heartbeat says', () => {
    expect(readWorkedTime({ spentMs: 4_000, renewedAtMs: 1_000 })).toEqual({ spentMs: 4_000, renewedAtMs: 1_000 });
  });

  it('is taken from the budget', () => {
    expect(leftOf(60_000, { spentMs: 45_000, renewedAtMs: 0 })).toBe(15_000);
    expect(leftOf(60_000, { spentMs: 75_000, renewedAtMs: 0 })).toBe(-15_000);
  });

  it('is taken from a budget that begins anew with progress', () => {
    expect(leftOf(60_000, { spentMs: 175_000, renewedAtMs: 170_000 })).toBe(55_000);
  });

  it('has the pauses between attempts, which grow to five seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 100].map(pauseAfterMs)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  });

  it('ends a step when the budget is spent by more than an outage may take', () => {
    expect([1, 0, -90_000, -90_001].map(isGivenUp)).toEqual([false, false, false, true]);
  });
});
