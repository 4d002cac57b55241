import { planReplay, unfinishedSide, type ReplayFacts } from '../../src/domain/rotation/replay-plan.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const STAGED = { previous: { password: bytes('old') }, pending: { password: bytes('new') } };

const secret = (name: string, kind: ReplayFacts['kind'], password: string | undefined): ReplayFacts => ({
  name,
  kind,
  staged: STAGED,
  live: password === undefined ? undefined : { password: bytes(password), other: bytes('x') },
});

describe('the record of an interrupted rotation', () => {
  it.each([
    ['new', 'pending', 'old'],
    ['old', 'previous', 'new'],
  ] as const)('brings every Secret to the side of the main Secret, which holds the %s one', (held, side, other) => {
    const secrets = [secret('main', 'main', held), secret('a', 'other', other), secret('b', 'other', held)];
    expect(planReplay(secrets)).toEqual({ side, write: ['a'], fence: ['main', 'b'], changedSince: [] });
  });

  it('leaves the login roles’ own Secrets on the side that they are on', () => {
    const secrets = [secret('main', 'main', 'new'), secret('a-role', 'role', 'old'), secret('b-role', 'role', 'new')];
    expect(planReplay(secrets)).toMatchObject({ write: [], fence: ['main', 'a-role', 'b-role'], changedSince: [] });
  });

  it('leaves alone what somebody has changed or deleted since, and tells it of the application’s Secrets', () => {
    const secrets = [
      secret('main', 'main', 'new'),
      secret('a', 'other', 'by another hand'),
      secret('b', 'other', undefined),
      secret('b-role', 'role', 'of a later rotation'),
    ];
    expect(planReplay(secrets)).toEqual({ side: 'pending', write: [], fence: ['main'], changedSince: ['a', 'b'] });
  });

  it('says nothing of the truth where the main Secret holds neither side', () => {
    const secrets = [secret('main', 'main', 'by another hand'), secret('a', 'other', 'old')];
    expect(planReplay(secrets)).toEqual({ side: undefined, write: [], fence: ['a'], changedSince: ['main'] });
  });
});

describe('a turn that was interrupted is finished', () => {
  const [pending, previous] = [{ side: 'pending' }, { side: 'previous' }] as const;
  it.each([
    ['to the new side where the main Secret holds it', [pending, previous], false, 'pending'],
    ['to the old side where the application had moved and is back', [previous, pending], true, 'previous'],
    ['not at all where the application never moved', [previous, pending], false, undefined],
    ['not at all where somebody changed a Secret since', [pending, { side: undefined }], true, undefined],
    ['not at all where the record is empty', [], true, undefined],
  ] as const)('%s', (_, secrets, moved, side) => {
    expect(unfinishedSide(secrets, moved)).toBe(side);
  });
});
