import { nextOrderedStep, type OrderedPod } from '../../sandbox/embedded/controllers/ordered-update.ts';

const fresh = (ordinal: number): OrderedPod => ({ ordinal, ready: true, ending: false, over: false, fresh: true });
const old = (ordinal: number): OrderedPod => ({ ...fresh(ordinal), fresh: false });
const unready = (pod: OrderedPod): OrderedPod => ({ ...pod, ready: false });
const ending = (pod: OrderedPod): OrderedPod => ({ ...unready(pod), ending: true });
const step = (pods: readonly OrderedPod[], more: { readonly inOrder?: boolean; readonly replicas?: number } = {}) =>
  nextOrderedStep({ replicas: 3, inOrder: true, updates: true, pods, ...more });

describe('the StatefulSet controller of the embedded sandbox', () => {
  it.each<readonly [string, readonly OrderedPod[], object]>([
    ['makes the first pod first', [], { create: [0], remove: [] }],
    ['makes no pod while one before it is not ready', [unready(fresh(0))], { create: [], remove: [] }],
    ['makes the next pod when all before it are ready', [fresh(0)], { create: [1], remove: [] }],
    ['replaces the last old pod first', [old(0), old(1), old(2)], { create: [], remove: [2] }],
    ['waits for the new pod in its place', [old(0), old(1), unready(fresh(2))], { create: [], remove: [] }],
    ['goes on with the one before it', [old(0), old(1), fresh(2)], { create: [], remove: [1] }],
    ['stands still where an old pod is not ready', [unready(old(0)), old(1), fresh(2)], { create: [], remove: [] }],
    [
      'stands still although every old pod is not ready',
      [old(0), old(1), old(2)].map(unready),
      { create: [], remove: [] },
    ],
    ['does not make the last pod again meanwhile', [unready(old(0)), old(1)], { create: [], remove: [] }],
    ['makes again what somebody deleted', [old(1), fresh(2)], { create: [0], remove: [] }],
    ['waits for the end of a pod', [ending(old(0)), old(1), fresh(2)], { create: [], remove: [] }],
    ['is done when every pod is new', [fresh(0), fresh(1), fresh(2)], { create: [], remove: [] }],
    [
      'makes again a pod that is over',
      [{ ...unready(old(0)), over: true }, old(1), old(2)],
      { create: [], remove: [0] },
    ],
    ['ends the last pod too many', [fresh(0), fresh(1), fresh(2), fresh(3), fresh(4)], { create: [], remove: [4] }],
  ])('%s', (_, pods, expected) => {
    expect(step(pods)).toEqual(expected);
  });

  it('with the policy Parallel makes all pods at once, and replaces old ones that are not ready', () => {
    expect(step([], { inOrder: false })).toEqual({ create: [0, 1, 2], remove: [] });
    expect(step([old(0), old(1), old(2)].map(unready), { inOrder: false })).toEqual({ create: [], remove: [2] });
  });
});
