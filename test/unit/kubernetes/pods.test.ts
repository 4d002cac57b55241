import { Pods } from '../../../src/kubernetes/pods.ts';
import { StubApi } from './stub-api.ts';

const POD = { metadata: { name: 'web-1', namespace: 'apps' }, status: { podIP: '10.0.0.7' } };

const addressesOf = (status: object): Promise<readonly object[]> =>
  new Pods(
    new StubApi({ listNamespacedPod: () => ({ items: [{ ...POD, status: { ...POD.status, ...status } }] }) })
      .connection,
  ).addresses('apps');

describe('the addresses of a pod', () => {
  it.each<readonly [string, object, readonly string[]]>([
    ['are one in a cluster of one address family', { podIPs: [{ ip: '10.0.0.7' }] }, ['10.0.0.7']],
    ['are two in a dual-stack cluster', { podIPs: [{ ip: '10.0.0.7' }, { ip: 'fd00::7' }] }, ['10.0.0.7', 'fd00::7']],
    ['are none before the pod has one', { podIP: undefined }, []],
  ])('%s', async (_, status, addresses) => {
    await expect(addressesOf(status)).resolves.toEqual(
      addresses.map((address) => ({ pod: 'web-1', address, namespace: 'apps' })),
    );
  });
});
