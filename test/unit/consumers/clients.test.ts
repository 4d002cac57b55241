import { describeClient, judgeClient, type PodAddress } from '../../../src/domain/consumers/clients.ts';

const WORKER: PodAddress = {
  pod: 'worker-5d9f-x',
  namespace: 'apps',
  address: '10.0.0.7',
  owner: { kind: 'Deployment', name: 'worker' },
};
const BARE: PodAddress = { pod: 'by-hand', namespace: 'apps', address: '10.0.0.8' };
const NODE: readonly PodAddress[] = ['agent', 'proxy'].map((pod) => ({
  pod,
  namespace: 'kube-system',
  address: '10.0.0.1',
  shared: true,
}));
const POOLER: PodAddress = { pod: 'rw-1', namespace: 'apps', address: '10.0.0.9', part: 'pooler' };
const PODS = [WORKER, BARE, ...NODE, POOLER];

const SINCE = '2026-11-24T08:00:00.000Z';
const from = (address: string | undefined, applicationName?: string) => ({
  ...(address !== undefined && { address }),
  ...(applicationName !== undefined && { applicationName }),
  role: 'litellm',
  sessions: 2,
  since: SINCE,
});

const DEPLOYMENT = { kind: 'Deployment', namespace: 'apps', name: 'worker' };

describe('a client that is logged in', () => {
  it.each([
    ['a pod of a workload that restarts is known', '10.0.0.7', [DEPLOYMENT], 'consumer'],
    ['a pod of a workload of that name elsewhere is not', '10.0.0.7', [{ ...DEPLOYMENT, namespace: 'b' }], 'unknown'],
    ['a pod of another kind of that name is not', '10.0.0.7', [{ ...DEPLOYMENT, kind: 'Job' }], 'unknown'],
    [
      'a pod that nobody makes again is known by its own name',
      '10.0.0.8',
      [{ ...DEPLOYMENT, kind: 'Pod', name: 'by-hand' }],
      'consumer',
    ],
    ['a Pooler is of the database', '10.0.0.9', [], 'database'],
    [
      'an address of a node is known when one of its pods is',
      '10.0.0.1',
      [{ kind: 'Pod', namespace: 'kube-system', name: 'agent' }],
      'consumer',
    ],
    ['an address of a node is not known otherwise', '10.0.0.1', [DEPLOYMENT], 'unknown'],
    ['an address that no pod has is not known', '192.0.2.1', [DEPLOYMENT], 'unknown'],
    ['a Unix socket is not known', undefined, [DEPLOYMENT], 'unknown'],
  ])('%s', (_, address, known, is) => {
    expect(judgeClient(from(address), PODS, known).is).toBe(is);
  });

  it.each([
    ['its pod and the pod’s owner', '10.0.0.7', undefined, 'pod apps/worker-5d9f-x (10.0.0.7) of Deployment worker, 2'],
    ['a pod alone', '10.0.0.8', undefined, 'pod apps/by-hand (10.0.0.8), 2'],
    ['what it calls itself', '10.0.0.8', 'psql', 'pod apps/by-hand (10.0.0.8), "psql", 2'],
    [
      'every pod with the node’s address',
      '10.0.0.1',
      undefined,
      "one of the pods with the node's address 10.0.0.1: kube-system/agent, kube-system/proxy, 2",
    ],
    ['an address alone', '192.0.2.1', undefined, '192.0.2.1, 2'],
    [
      'a way through the instance’s pod',
      '127.0.0.1',
      'DBeaver',
      'a port-forward or a program in the instance\'s pod (127.0.0.1), "DBeaver", 2',
    ],
    ['a socket', undefined, undefined, 'a program on a Unix socket of the instance, 2'],
  ])('is named by %s', (_, address, name, text) => {
    expect(describeClient(judgeClient(from(address, name), PODS, []))).toBe(
      `${text} sessions as litellm since ${SINCE}`,
    );
  });
});
