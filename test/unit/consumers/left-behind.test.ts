import type { PodAddress } from '../../../src/domain/consumers/clients.ts';
import {
  describeLeftBehind,
  judgeLeftBehind,
  leftBehindSummary,
  mergeLeftBehind,
  type LeftBehind,
  type LeftBehindQuestion,
} from '../../../src/domain/consumers/left-behind.ts';

const GONE_AT = 100_000;

const pod = (name: string, address: string, more: Partial<PodAddress> = {}): PodAddress => ({
  pod: name,
  namespace: 'apps',
  address,
  ...more,
});
const owner = { kind: 'Deployment', name: 'litellm' };
const OLD = pod('litellm-old', '10.0.0.1', { owner });
const NEW = pod('litellm-new', '10.0.0.2', { owner });
const JOB = pod('nightly-x', '10.0.0.3', { owner: { kind: 'Job', name: 'nightly' } });
const POOLER = pod('rw-1', '10.0.0.4', { part: 'pooler' });
const FAR = pod('report-1', '10.0.0.5', { namespace: 'reports', owner: { kind: 'Deployment', name: 'report' } });

const refusal = (client: string, at: number, role = 'litellm') => ({ client, at, role });
const early = (client: string) => refusal(client, GONE_AT - 1);
const late = (client: string) => refusal(client, GONE_AT);

const judge = (change: Partial<LeftBehindQuestion>): readonly LeftBehind[] =>
  judgeLeftBehind({
    refusals: [],
    goneAt: GONE_AT,
    oldSessions: [],
    restarted: [{ kind: 'Deployment', namespace: 'apps', name: 'litellm' }],
    endingPods: [],
    pods: { before: [OLD, JOB, POOLER], now: [NEW, JOB, POOLER, FAR] },
    seenBefore: [],
    ...change,
  });

describe('who is left behind', () => {
  it.each<[string, Partial<LeftBehindQuestion>, string | undefined]>([
    ['nobody where nobody was refused', {}, undefined],
    [
      'not an old pod of a workload that restarted: its refusals are the window',
      { refusals: [early('10.0.0.1')] },
      undefined,
    ],
    ['not a new pod that came too early', { refusals: [early('10.0.0.2')] }, undefined],
    ['a new pod that is refused when all is over', { refusals: [late('10.0.0.2')] }, 'still refused'],
    [
      'not an old pod that is still ending',
      { refusals: [late('10.0.0.1')], endingPods: ['apps/litellm-old'] },
      undefined,
    ],
    [
      'a pod of the same name as one that is ending in another namespace',
      { refusals: [late('10.0.0.1')], endingPods: ['reports/litellm-old'] },
      'still refused',
    ],
    ['an old pod that nobody knows to be ending', { refusals: [late('10.0.0.1')] }, 'still refused'],
    ['a Job’s pod', { refusals: [early('10.0.0.3')] }, 'refused meanwhile'],
    ['not a Job’s pod that has ended', { refusals: [early('10.0.0.3')], pods: { before: [JOB], now: [] } }, undefined],
    ['a pod of another namespace', { refusals: [early('10.0.0.5')] }, 'refused meanwhile'],
    ['an address that no pod ever had', { refusals: [early('192.0.2.1')] }, 'refused meanwhile'],
    ['not a Pooler in the window, whose clients cannot be told apart', { refusals: [early('10.0.0.4')] }, undefined],
    ['a Pooler that is refused when all is over', { refusals: [late('10.0.0.4')] }, 'still refused'],
    [
      'who logged in with the other password and is no pod that restarted',
      { oldSessions: [{ address: '10.0.0.3', role: 'litellm', sessions: 1, since: '' }] },
      'logged in before',
    ],
    [
      'not a session of a Pooler',
      { oldSessions: [{ address: '10.0.0.4', role: 'litellm', sessions: 1, since: '' }] },
      undefined,
    ],
    [
      'a program on the instance’s socket',
      { oldSessions: [{ role: 'litellm', sessions: 1, since: '' }] },
      'logged in before',
    ],
  ])('is %s', (_, change, because) => {
    expect(judge(change).map((one) => one.because)).toEqual(because === undefined ? [] : [because]);
  });

  it('is named once, by all that is known of it, with all of its refusals', () => {
    const found = judge({
      refusals: [early('10.0.0.5'), late('10.0.0.5'), late('10.0.0.5'), late('192.0.2.1')],
      oldSessions: [{ address: '10.0.0.5', applicationName: 'reports', role: 'litellm', sessions: 1, since: '' }],
    });
    expect(found).toEqual([
      {
        client: '10.0.0.5',
        role: 'litellm',
        refused: 3,
        because: 'still refused',
        pod: 'report-1',
        namespace: 'reports',
        owner: 'Deployment report',
        applicationName: 'reports',
      },
      { client: '192.0.2.1', role: 'litellm', refused: 1, because: 'still refused' },
    ]);
  });

  it('has the name that it had when it was logged in', () => {
    const seenBefore = [{ address: '192.0.2.1', applicationName: 'nightly', role: 'litellm', sessions: 1, since: '' }];
    expect(judge({ refusals: [late('192.0.2.1')], seenBefore })[0]?.applicationName).toBe('nightly');
  });

  it('may be any of the pods that share the address of a node', () => {
    const shared = ['agent', 'proxy'].map((name) => pod(name, '10.0.0.9', { shared: true }));
    const [found] = judge({ refusals: [late('10.0.0.9')], pods: { before: [], now: shared } });
    expect(found).toMatchObject({ candidates: ['apps/agent', 'apps/proxy'] });
    expect(found && describeLeftBehind(found)).toBe(
      "one of the pods with the node's address 10.0.0.9: apps/agent, apps/proxy as litellm: refused after the last old pod was gone (1 time)",
    );
  });
});

describe('a list of clients that are left behind', () => {
  const one = (client: string, refused: number, because: LeftBehind['because']): LeftBehind => ({
    client,
    role: 'litellm',
    refused,
    because,
  });

  it('adds what a later look found, and takes the more certain reason', () => {
    expect(
      mergeLeftBehind(
        [one('a', 2, 'refused meanwhile'), one('b', 3, 'refused meanwhile')],
        [one('a', 4, 'still refused')],
      ),
    ).toEqual([one('a', 6, 'still refused'), one('b', 3, 'refused meanwhile')]);
  });

  it('names a few where there is little room', () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((client) => one(client, 1, 'still refused'));
    expect(leftBehindSummary(all)).toBe('5 left behind: a; b; c and 2 more');
  });
});
