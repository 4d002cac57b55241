import { judgeRollout, type PodFacts, type RolloutFacts } from '../../src/domain/rollout.ts';

const fresh = (name: string, ready = true): PodFacts => ({ name, marked: true, ready });
const old = (name: string): PodFacts => ({ name, marked: false, ready: true });
const facts = (change: Partial<RolloutFacts>): RolloutFacts => ({
  desired: 2,
  observed: true,
  marker: 'reloader',
  pods: [],
  ...change,
});

describe('a restart', () => {
  it('has not begun while the pod template is as before', () => {
    expect(judgeRollout(facts({ marker: undefined, pods: [old('a'), old('b')] })).kind).toBe('untouched');
  });

  it('is complete when every wanted pod is new and ready and no old one is left', () => {
    expect(judgeRollout(facts({ pods: [fresh('a'), fresh('b')] }))).toEqual({ kind: 'complete', by: 'reloader' });
  });

  it('is complete at once where no pod is wanted and none is left', () => {
    expect(judgeRollout(facts({ desired: 0, pods: [] })).kind).toBe('complete');
  });

  const rolling: readonly (readonly [string, Partial<RolloutFacts>, string])[] = [
    ['an old pod is still there, even one that is ending', { pods: [fresh('a'), fresh('b'), old('c')] }, '1 old left'],
    ['a new pod is not ready', { pods: [fresh('a'), fresh('b', false)] }, '1 of 2 new pods ready'],
    ['a pod is missing', { pods: [fresh('a')] }, '1 of 2 new pods ready'],
    ['the controller has not seen the template', { observed: false, pods: [fresh('a'), fresh('b')] }, 'has not seen'],
    [
      'a new pod crashes, which it names',
      { pods: [fresh('a'), { ...fresh('b', false), trouble: 'CrashLoopBackOff' }] },
      'b: CrashLoopBackOff',
    ],
  ];
  it.each(rolling)('goes on while %s', (_, change, because) => {
    const verdict = judgeRollout(facts(change));
    expect(verdict.kind === 'rolling' && verdict.because).toContain(because);
  });
});
