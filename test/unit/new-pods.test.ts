import {
  allLoggedIn,
  describeRefusedPod,
  expectedPods,
  newPods,
  refusedPods,
  type NewPodsSeen,
} from '../../src/domain/proofs/new-pods.ts';
import type { PodAddress } from '../../src/domain/consumers/clients.ts';
import type { Refusal } from '../../src/domain/proofs/refused-logins.ts';

const PUBLISHED = Date.parse('2026-11-24T08:00:00.000Z');
const owner = { kind: 'Deployment', name: 'litellm' };
const pod = (name: string, address: string, more: Partial<PodAddress> = {}): PodAddress => ({
  pod: name,
  namespace: 'apps',
  address,
  owner,
  ...more,
});
const OLD = pod('litellm-old', '10.0.0.1');
const NEW = pod('litellm-new', '10.0.0.2');
const refusal = (client: string, seconds: number): Refusal => ({
  role: 'litellm',
  at: PUBLISHED + seconds * 1_000,
  client,
});

const SEEN: NewPodsSeen = {
  restarted: [{ ...owner, namespace: 'apps', pods: ['litellm-new'] }],
  pods: { before: [OLD], now: [NEW] },
  publishedAt: PUBLISHED,
  refusals: [],
  sessionsBefore: [],
  loggedIn: [],
};

describe('the pods that the restart made', () => {
  it.each([
    ['a pod that the restart names', { now: [NEW] }, ['litellm-new']],
    ['a pod that Reloader made before the restart began', { before: [OLD, NEW] }, ['litellm-new']],
    ['another pod of the workload that was not there before', { now: [pod('litellm-3', '10.0.0.3')] }, ['litellm-3']],
    ['no pod of before', { now: [OLD] }, []],
    ['no pod of another workload', { now: [pod('x', '10.0.0.9', { owner: { ...owner, name: 'x' } })] }, []],
    ['no pod that shares the address of its node', { now: [{ ...NEW, shared: true as const }] }, []],
  ])('are %s', (_, pods, names) => {
    const found = newPods({ ...SEEN, pods: { ...SEEN.pods, ...pods } });
    expect(found.map((one) => one.pod)).toEqual(names);
  });
});

describe('a new pod that is refused', () => {
  it('is told with its role and how often', () => {
    const refused = refusedPods({ ...SEEN, refusals: [refusal('10.0.0.2', 3), refusal('10.0.0.2', 4)] });
    expect(refused.map((one) => [describeRefusedPod(one), one.before])).toEqual([
      ['pod apps/litellm-new (10.0.0.2) of Deployment litellm as "litellm" (2 times)', false],
    ]);
  });

  it('is as before where a pod of the same workload was refused before the Secrets changed', () => {
    const refusals = [refusal('10.0.0.1', -5), refusal('10.0.0.2', 3)];
    expect(refusedPods({ ...SEEN, refusals })).toMatchObject([{ before: true, times: 1 }]);
  });

  it.each([
    ['an old pod', refusal('10.0.0.1', 3)],
    ['whoever had the address before the Secrets changed', refusal('10.0.0.2', -3)],
    ['another client', refusal('10.0.0.7', 3)],
  ])('is not %s', (_, one) => {
    expect(refusedPods({ ...SEEN, refusals: [one] })).toEqual([]);
  });
});

describe('a login of a new pod', () => {
  const session = (since: string) => ({ address: OLD.address, role: 'litellm', sessions: 1, since });

  it('is waited for where its workload kept its sessions before', () => {
    const kept = { ...SEEN, sessionsBefore: [session('2026-11-24T07:00:00.000Z')] };
    expect(expectedPods(kept)).toEqual([NEW]);
    expect(expectedPods({ ...kept, loggedIn: [NEW.address] })).toEqual([]);
  });

  it('is not waited for where its workload logged in for a moment, or was never seen', () => {
    expect(expectedPods(SEEN)).toEqual([]);
    expect(expectedPods({ ...SEEN, sessionsBefore: [session('2026-11-24T07:59:59.000Z')] })).toEqual([]);
  });

  it('ends the look when every new pod has one', () => {
    expect(allLoggedIn(SEEN)).toBe(false);
    expect(allLoggedIn({ ...SEEN, loggedIn: [NEW.address] })).toBe(true);
  });
});
