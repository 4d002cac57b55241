import type { V1ObjectMeta } from '@kubernetes/client-node';
import { topOwnerOf } from '../../../src/kubernetes/pod-owners.ts';

const ownedBy = (kind: string, name: string, controller = true): Pick<V1ObjectMeta, 'ownerReferences'> => ({
  ownerReferences: [{ apiVersion: 'v1', kind, name, uid: `uid of ${kind} ${name}`, controller }],
});

const BETWEEN = new Map([
  ['uid of ReplicaSet web-7f9c', { metadata: ownedBy('Deployment', 'web') }],
  ['uid of ReplicaSet bare', {}],
  ['uid of Job nightly-1', { metadata: ownedBy('CronJob', 'nightly') }],
  ['uid of Circle first', { metadata: ownedBy('Circle', 'first') }],
]);

describe('the owner of a pod', () => {
  it.each<readonly [string, Pick<V1ObjectMeta, 'ownerReferences' | 'labels'>, string | undefined]>([
    ['is the Deployment of its ReplicaSet', ownedBy('ReplicaSet', 'web-7f9c'), 'Deployment web'],
    ['is a ReplicaSet that nobody controls', ownedBy('ReplicaSet', 'bare'), 'ReplicaSet bare'],
    ['is the CronJob of its Job', ownedBy('Job', 'nightly-1'), 'CronJob nightly'],
    [
      'is its Job, whatever its labels say',
      { ...ownedBy('Job', 'migrate'), labels: { app: 'web', 'pod-template-hash': '7f9c' } },
      'Job migrate',
    ],
    ['is any other controller', ownedBy('Workflow', 'etl'), 'Workflow etl'],
    ['is found where owners form a circle', ownedBy('Circle', 'first'), 'Circle first'],
    ['is nobody, where the reference is no controller’s', ownedBy('ReplicaSet', 'web-7f9c', false), undefined],
    ['is nobody, where the pod is bare', {}, undefined],
  ])('%s', (_, metadata, owner) => {
    const found = topOwnerOf({ metadata }, BETWEEN);
    expect(found && `${found.kind} ${found.name}`).toBe(owner);
  });
});
