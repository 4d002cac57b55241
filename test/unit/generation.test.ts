import { judgeGeneration, judgeWithdrawal, type GenerationFacts } from '../../src/domain/proofs/generation.ts';

const OURS = 'litellm-20261124t080102z-1a2b3c';

const facts = (change: Partial<GenerationFacts>): GenerationFacts => ({
  databaseRole: { mode: 'generate' },
  secret: 'as staged',
  asked: true,
  rotationId: OURS,
  ...change,
});
const asking = { mode: 'generate', request: OURS };

describe('whether CNPG has generated a password', () => {
  it.each<[string, Partial<GenerationFacts>, string]>([
    ['asks where nothing has asked', { asked: false }, 'ask'],
    ['asks again where its request never landed', {}, 'ask'],
    ['waits while the request stands', { databaseRole: asking }, 'waiting'],
    ['waits for the answer to the request of another', { databaseRole: { ...asking, request: 'x' } }, 'waiting'],
    ['believes a new password when the request is gone', { secret: 'another' }, 'generated'],
    ['does not believe one while the request stands', { secret: 'another', databaseRole: asking }, 'waiting'],
    ['takes what it recorded, whatever stands there', { secret: 'as recorded', databaseRole: asking }, 'generated'],
    ['leaves a password alone that came before it asked', { secret: 'another', asked: false }, 'foreign'],
    ['waits for a Secret that CNPG makes again', { secret: 'absent', databaseRole: asking }, 'waiting'],
    ['stops where the mode is another now', { databaseRole: { mode: 'external' } }, 'stopped'],
    ['stops where the DatabaseRole is gone', { databaseRole: undefined }, 'stopped'],
  ])('%s', (_, change, kind) => {
    expect(judgeGeneration(facts(change)).kind).toBe(kind);
  });

  it('tells why CNPG generates nothing', () => {
    const databaseRole = { ...asking, message: 'cluster "x" is a replica cluster' };
    expect(judgeGeneration(facts({ databaseRole }))).toEqual({
      kind: 'waiting',
      because: 'CNPG says: cluster "x" is a replica cluster',
    });
  });
});

describe('a request on the way back', () => {
  it.each<[string, Partial<GenerationFacts>, string]>([
    ['was never made', { asked: false, secret: 'another' }, 'untouched'],
    ['is withdrawn while it stands', { databaseRole: asking }, 'withdraw'],
    ['of another stays', { databaseRole: { ...asking, request: 'x' } }, 'untouched'],
    ['is over', {}, 'untouched'],
    ['was answered', { secret: 'another' }, 'generated'],
    ['is being answered', { secret: 'another', databaseRole: asking }, 'waiting'],
  ])('%s', (_, change, kind) => {
    expect(judgeWithdrawal(facts(change)).kind).toBe(kind);
  });
});
