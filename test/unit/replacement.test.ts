import { podToReplace } from '../../src/domain/proofs/replacement.ts';
import type { PodFacts, RolloutFacts } from '../../src/domain/proofs/rollout-facts.ts';

const fresh = (name: string): PodFacts => ({ name, marked: true, ready: true, ending: false, restarts: 0 });
const old = (name: string): PodFacts => ({ ...fresh(name), marked: false });
const unready = (pod: PodFacts): PodFacts => ({ ...pod, ready: false });
const ending = (pod: PodFacts): PodFacts => ({ ...unready(pod), ending: true });

/** `[what happens, the pods, the pod that is deleted now, other facts]` */
function replaces(
  kind: NonNullable<RolloutFacts['replaces']>,
  cases: readonly (readonly [string, readonly PodFacts[], string | undefined, Partial<RolloutFacts>?])[],
): void {
  it.each(cases.map(([name, pods, pod, more]) => ({ name, pods, pod, more })))('$name', ({ pods, pod, more }) => {
    const facts = { desired: 3, observed: true, marker: 'forced', replaces: kind, pods } as const;
    expect(podToReplace({ ...facts, ...more })?.name).toBe(pod);
  });
}

describe('of a bare ReplicaSet', () => {
  replaces('all', [
    ['an old pod goes while all are ready', [old('a'), old('b'), old('c')], 'a'],
    ['none goes while the one in its place is not ready', [old('b'), old('c'), unready(fresh('d'))], undefined],
    ['none goes while the one in its place is not made', [old('b'), old('c'), ending(old('a'))], undefined],
    ['the next goes when it is', [old('b'), old('c'), fresh('d')], 'b'],
    ['an old pod that serves nobody goes first', [old('a'), unready(old('b')), unready(fresh('d'))], 'b'],
    [
      'as many stay as were ready before',
      [old('a'), unready(fresh('d')), unready(fresh('e'))],
      'a',
      { readyBefore: 1 },
    ],
    ['no new pod goes', [fresh('d'), unready(fresh('e')), fresh('f')], undefined],
  ]);
});

describe('of a workload whose controller waits for pods that will never be ready again', () => {
  replaces('unready', [
    ['an old pod that is ready is the controller’s', [old('a'), fresh('b')], undefined],
    ['an old pod that is not ready goes', [old('a'), unready(old('b'))], 'b'],
  ]);
});

describe('of a StatefulSet whose pods are made in order', () => {
  replaces('unready in order', [
    ['an old pod that is ready is the controller’s', [old('x-0'), old('x-1'), old('x-2')], undefined],
    [
      'the first of the old pods that are not ready goes',
      ['x-2', 'x-1', 'x-0'].map((name) => unready(old(name))),
      'x-0',
    ],
    ['the next goes when it is back and ready', [fresh('x-0'), unready(old('x-1')), unready(old('x-2'))], 'x-1'],
    ['none goes while it is not ready', [unready(fresh('x-0')), unready(old('x-1')), old('x-2')], undefined],
    ['none goes while it is ending', [ending(old('x-0')), unready(old('x-1')), old('x-2')], undefined],
    ['none goes while it is missing', [unready(old('x-1')), old('x-2')], undefined],
    [
      'the numbers count, not the letters',
      Array.from({ length: 10 }, (_, n) => fresh(`x-${n}`)).concat(unready(old('x-10'))),
      'x-10',
    ],
    ['the first number may be another', [fresh('x-5'), unready(old('x-6'))], 'x-6', { firstOrdinal: 5 }],
  ]);
});
