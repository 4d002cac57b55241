import { judgeRollout } from '../../src/domain/proofs/rollout.ts';
import type { PodFacts, RolloutFacts } from '../../src/domain/proofs/rollout-facts.ts';

const fresh = (name: string, ready = true): PodFacts => ({ name, marked: true, ready, ending: false, restarts: 0 });
const old = (name: string): PodFacts => ({ name, marked: false, ready: true, ending: false, restarts: 0 });
const ending = (name: string): PodFacts => ({ ...old(name), ready: false, ending: true });
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
    expect(judgeRollout(facts({ pods: [fresh('a'), fresh('b')] }))).toEqual({ kind: 'complete' });
  });

  it('is complete when the old pods that are left are ending', () => {
    expect(judgeRollout(facts({ pods: [fresh('a'), ending('c'), fresh('b')] })).kind).toBe('complete');
  });

  it('is complete at once where no pod is wanted and none is left', () => {
    expect(judgeRollout(facts({ desired: 0, pods: [] })).kind).toBe('complete');
  });

  const rolling: readonly (readonly [string, Partial<RolloutFacts>, string])[] = [
    ['an old pod is still there', { pods: [fresh('a'), fresh('b'), old('c')] }, '1 old left'],
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

  const crashing = (restarts: number): PodFacts => ({ ...fresh('b', false), trouble: 'CrashLoopBackOff', restarts });

  it('is stuck when a new pod keeps crashing, and names that pod', () => {
    expect(judgeRollout(facts({ pods: [fresh('a'), crashing(4)] }))).toMatchObject({ kind: 'stuck', pod: 'b' });
  });

  it('is not stuck by a few crashes, which the password that is not applied yet explains', () => {
    expect(judgeRollout(facts({ pods: [fresh('a'), crashing(2)] })).kind).toBe('rolling');
  });

  it('is stuck when an image cannot be had', () => {
    const pod = { ...fresh('b', false), trouble: 'ImagePullBackOff' };
    expect(judgeRollout(facts({ pods: [pod] }))).toMatchObject({ kind: 'stuck', pod: 'b' });
  });

  it('is not stuck by an old pod’s trouble', () => {
    const pod = { ...old('c'), ready: false, trouble: 'ImagePullBackOff' };
    expect(judgeRollout(facts({ pods: [fresh('a'), pod] })).kind).toBe('rolling');
  });

  it('is stuck when its Deployment says so', () => {
    const pods = [fresh('litellm-2-a'), fresh('litellm-2-b', false)];
    expect(judgeRollout(facts({ timedOutReplicaSet: 'litellm-2', pods }))).toMatchObject({
      kind: 'stuck',
      pod: 'litellm-2-b',
    });
  });

  it('that leads back to an earlier ReplicaSet is not stuck by what its Deployment said of the later one', () => {
    const pods = [fresh('litellm-1-a'), { ...old('litellm-2-b'), ready: false }];
    expect(judgeRollout(facts({ timedOutReplicaSet: 'litellm-2', pods })).kind).toBe('rolling');
  });

  it('that is complete is not stuck, whatever an earlier one left behind', () => {
    expect(
      judgeRollout(facts({ timedOutReplicaSet: 'litellm-2', pods: [fresh('litellm-2-a'), fresh('litellm-2-b')] })).kind,
    ).toBe('complete');
  });
});

describe('a restart of a workload that was not well before', () => {
  const unready = (pod: PodFacts): PodFacts => ({ ...pod, ready: false });
  const crashing: PodFacts = { ...fresh('b', false), trouble: 'CrashLoopBackOff', restarts: 9 };

  it.each<readonly [string, Partial<RolloutFacts>]>([
    ['none of its pods was ready, whatever becomes of them', { readyBefore: 0, pods: [crashing, unready(old('c'))] }],
    ['as many are ready as before, and the others crash as before', { readyBefore: 1, pods: [fresh('a'), crashing] }],
    ['the old pods that are left serve nobody', { readyBefore: 1, pods: [fresh('a'), unready(old('c'))] }],
  ])('is complete where %s', (_, change) => {
    expect(judgeRollout(facts(change)).kind).toBe('complete');
  });

  it.each<readonly [string, Partial<RolloutFacts>, string]>([
    ['fewer are ready than before', { readyBefore: 1, pods: [fresh('a', false), crashing] }, 'rolling'],
    ['an old pod is still ready', { readyBefore: 1, pods: [fresh('a'), old('c')] }, 'rolling'],
    ['more of them crash than before', { desired: 1, readyBefore: 1, pods: [crashing] }, 'stuck'],
    ['none was ready, and nothing has marked it yet', { readyBefore: 0, marker: undefined }, 'untouched'],
    [
      'none was ready, and an old pod is still to be replaced',
      { readyBefore: 0, replaces: 'all', pods: [unready(old('c'))] },
      'rolling',
    ],
    [
      'an old pod that nobody else replaces waits behind one that is being replaced',
      {
        desired: 3,
        readyBefore: 1,
        replaces: 'unready in order',
        pods: [fresh('a-0'), { ...unready(old('a-1')), ending: true }, unready(old('a-2'))],
      },
      'rolling',
    ],
  ])('is not complete where %s', (_, change, kind) => {
    expect(judgeRollout(facts(change)).kind).toBe(kind);
  });

  it('is not stuck by the deadline of a Deployment that never had all of its pods', () => {
    const pods = [fresh('litellm-2-a', false), fresh('litellm-2-b', false)];
    expect(judgeRollout(facts({ readyBefore: 1, timedOutReplicaSet: 'litellm-2', pods })).kind).toBe('rolling');
  });
});
