import { exitCodeOf } from '../../../src/cli/exit-codes.ts';

describe('the exit code of a command that ends with a report', () => {
  it.each<[number, string, boolean, readonly string[], boolean]>([
    [0, 'everything was rotated', true, ['rotated'], false],
    [4, 'everything was rotated, and somebody is left behind', true, ['rotated'], true],
    [1, 'something was not rotated', false, ['rotated', 'rolled-back'], false],
    [4, 'something was not rotated, and elsewhere somebody is left behind', false, ['rolled-back', 'rotated'], true],
    [3, 'a password is not proven, whatever else there is', false, ['needs-attention', 'rotated', 'unchanged'], true],
  ])('is %i where %s', (code, _, done, outcomes, leavesBehind) => {
    expect(exitCodeOf(done, outcomes, leavesBehind)).toBe(code);
  });
});
