import { Workloads } from '../../../src/kubernetes/workloads.ts';
import { EmbeddedApi } from '../../harness/activities/embedded-api.ts';

const NS = 'ai-system';
const CHANGED_AT = new Date('2026-11-24T08:00:00Z');
const SIGNS = {
  secrets: [{ name: 'litellm-db-secret', hash: 'of-the-live-one' }],
  component: 'litellm',
  mark: 'litellm-1.pending',
  undone: '',
  changedAt: CHANGED_AT,
};
const LABELS = { app: 'litellm' };
const READS = {
  metadata: { labels: LABELS },
  spec: { containers: [{ name: 'web', envFrom: [{ secretRef: { name: 'litellm-db-secret' } }] }] },
};
const SPEC = { selector: { matchLabels: LABELS }, template: READS };

let api: EmbeddedApi;
beforeAll(async () => {
  api = await EmbeddedApi.start(NS);
});
afterEach(() => api.removeAll());
afterAll(() => api.server.close());

interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

const owned = ({ kind, name, uid }: Owner) => ({
  ownerReferences: [{ apiVersion: 'v1', kind, name, uid, controller: true }],
});

/** Made at a moment by the API server's clock. */
function createPod(name: string, owner: Owner | undefined, { at = CHANGED_AT, ready = true } = {}): string {
  api.clock.now = () => at;
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
  const metadata = { namespace: NS, name, labels: LABELS, ...(owner && owned(owner)) };
  const pod = api.store.create('pods', { metadata, spec: READS.spec });
  api.store.patch('pods', { namespace: NS, name }, { type: 'merge', body: { status } }, { subresource: 'status' });
  api.clock.now = () => new Date();
  return pod.metadata?.uid ?? '';
}

function create(resource: 'deployments' | 'statefulsets' | 'replicasets', name: string, owner?: Owner): Owner {
  const metadata = { namespace: NS, name, labels: LABELS, ...(owner && owned(owner)) };
  const { metadata: made } = api.store.create(resource, { metadata, spec: { ...SPEC, serviceName: name } });
  const kind = { deployments: 'Deployment', statefulsets: 'StatefulSet', replicasets: 'ReplicaSet' }[resource];
  return { kind, name, uid: made?.uid ?? '' };
}

function createRollout(more: object = {}): Owner {
  const spec = { replicas: 2, strategy: { canary: {} }, ...SPEC, ...more };
  const { metadata } = api.store.create('rollouts', { metadata: { namespace: NS, name: 'litellm' }, spec });
  return { kind: 'Rollout', name: 'litellm', uid: metadata?.uid ?? '' };
}

const workloads = () => new Workloads(api.connect());
const ref = (kind: 'Deployment' | 'StatefulSet' | 'ReplicaSet' | 'Rollout') => ({
  kind,
  namespace: NS,
  name: 'litellm',
});
const podsOf = async (kind: Parameters<typeof ref>[0]) =>
  (await workloads().rollout(ref(kind), SIGNS)).pods.map(({ name }) => name);

describe('the pods of a workload', () => {
  const job: Owner = { kind: 'Job', name: 'migrate', uid: 'uid-of-a-job' };

  it('are those of its ReplicaSets with a Deployment, and not a Job’s with the same labels', async () => {
    const deployment = create('deployments', 'litellm');
    createPod('own', create('replicasets', 'litellm-1', deployment));
    createPod('of-a-job', job);
    createPod('of-nobody', undefined);
    createPod('of-another', create('replicasets', 'other-1', { ...deployment, uid: 'uid-of-another' }));
    await expect(podsOf('Deployment')).resolves.toEqual(['own']);
  });

  it('are its own with a StatefulSet and with a bare ReplicaSet', async () => {
    createPod('of-the-set', create('statefulsets', 'litellm'));
    createPod('of-the-replicas', create('replicasets', 'litellm'));
    createPod('of-a-job', job);
    await expect(podsOf('StatefulSet')).resolves.toEqual(['of-the-set']);
    await expect(podsOf('ReplicaSet')).resolves.toEqual(['of-the-replicas']);
  });

  it('are counted as ready by their owner before a rotation', async () => {
    const deployment = create('deployments', 'litellm');
    const set = create('replicasets', 'litellm-1', deployment);
    createPod('ready', set);
    createPod('not-ready', set, { ready: false });
    createPod('of-a-job', job);
    const list = await workloads().list(NS);
    await expect(list.podsNow(ref('Deployment'))).resolves.toMatchObject({ ready: 1 });
  });
});

describe('a Deployment whose ReplicaSets may not be listed, as with the manifests of version 0.2.0', () => {
  async function workloadsWithoutThem(): Promise<Workloads> {
    const connection = await api.connectAsWorker();
    for (const resource of ['roles', 'clusterroles'] as const)
      for (const role of api.store.list(resource)) {
        const { metadata, rules } = role as typeof role & { readonly rules: readonly { resources?: string[] }[] };
        const fewer = rules.map((rule) => ({
          ...rule,
          resources: rule.resources?.filter((one) => one !== 'replicasets'),
        }));
        const at = { namespace: metadata?.namespace, name: metadata?.name ?? '' };
        api.store.patch(resource, at, { type: 'merge', body: { rules: fewer } });
      }
    return new Workloads(connection);
  }

  it('has the pods whose ReplicaSet has its name and their hash', async () => {
    const deployment = create('deployments', 'litellm');
    for (const [name, hash] of [
      ['litellm-1', '1'],
      ['other-2', '2'],
      ['litellm-other-3', '3'],
    ] as const) {
      createPod(`pod-of-${name}`, create('replicasets', name, deployment));
      const body = { metadata: { labels: { 'pod-template-hash': hash } } };
      api.store.patch('pods', { namespace: NS, name: `pod-of-${name}` }, { type: 'merge', body });
    }
    createPod('of-nobody', undefined);
    const limited = await workloadsWithoutThem();
    const list = await limited.list(NS);
    expect(list.reading(['litellm-db-secret']).map(({ name }) => name)).toEqual(['litellm']);
    await expect(list.podsNow(ref('Deployment'))).resolves.toMatchObject({ ready: 1 });
    const { pods } = await limited.rollout(ref('Deployment'), SIGNS);
    expect(pods.map(({ name }) => name)).toEqual(['pod-of-litellm-1']);
  });
});

describe('the workloads that read a Secret', () => {
  const reading = async () =>
    (await workloads().reading(NS, ['litellm-db-secret'])).map(({ kind, name }) => `${kind}/${name}`);

  it('are bare ReplicaSets too, and not those of a Deployment', async () => {
    create('replicasets', 'litellm-1', create('deployments', 'litellm'));
    create('replicasets', 'bare');
    await expect(reading()).resolves.toEqual(['Deployment/litellm', 'ReplicaSet/bare']);
  });

  it('are Rollouts too, with the pod template of their own or of a Deployment', async () => {
    createRollout();
    await expect(reading()).resolves.toEqual(['Rollout/litellm']);
    api.removeAll();
    createRollout({ template: undefined, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'source' } });
    api.store.create('deployments', { metadata: { namespace: NS, name: 'source' }, spec: { ...SPEC, replicas: 0 } });
    await expect(reading()).resolves.toEqual(['Rollout/litellm']);
  });

  it('are read where no Rollouts are installed, or may be listed', async () => {
    create('replicasets', 'bare');
    for (const status of [403, 404]) {
      api.faults.choose = ({ path }) => (path.includes('argoproj.io') ? { status, reason: 'Refused' } : undefined);
      await expect(reading()).resolves.toEqual(['ReplicaSet/bare']);
    }
    api.faults.choose = () => undefined;
  });
});

describe('the restart of a Rollout', () => {
  const before = new Date('2026-11-24T07:59:59Z');
  const after = new Date('2026-11-24T08:00:01Z');

  it('is asked for by restartAt, in the first second after the Secret changed, and leaves the pod template', async () => {
    const rollout = createRollout();
    createPod('old', create('replicasets', 'litellm-1', rollout), { at: before });
    expect((await workloads().rollout(ref('Rollout'), SIGNS)).marker).toBeUndefined();
    await workloads().restart(ref('Rollout'), SIGNS, new Date());
    expect(api.store.get('rollouts', { namespace: NS, name: 'litellm' }).spec).toMatchObject({
      restartAt: '2026-11-24T08:00:01Z',
      template: READS,
    });
    expect((await workloads().rollout(ref('Rollout'), SIGNS)).marker).toBe('forced');
  });

  it('is proven by the age of its pods, where a pod of the second of the change counts as old', async () => {
    const set = create('replicasets', 'litellm-1', createRollout());
    createPod('older', set, { at: before });
    createPod('same-second', set, { at: new Date('2026-11-24T08:00:00.900Z') });
    createPod('newer', set, { at: after });
    const { pods, desired, replaces } = await workloads().rollout(ref('Rollout'), SIGNS);
    expect(pods.filter(({ marked }) => marked).map(({ name }) => name)).toEqual(['newer']);
    expect({ desired, replaces }).toEqual({ desired: 2, replaces: 'unready' });
  });

  it.each([
    ['of next week does not count', '2026-12-01T00:00:00Z', undefined, undefined],
    ['that Argo has done since counts', '2026-11-24T09:00:00Z', '2026-11-24T09:00:00Z', 'forced'],
    ['of before the change does not count', '2026-11-24T07:00:00Z', '2026-11-24T07:00:00Z', undefined],
  ])('by somebody else %s', async (_, restartAt, restartedAt, marker) => {
    const rollout = createRollout({ restartAt });
    createPod('old', create('replicasets', 'litellm-1', rollout), { at: before });
    const key = { namespace: NS, name: 'litellm' };
    api.store.patch('rollouts', key, { type: 'merge', body: { status: { restartedAt } } }, { subresource: 'status' });
    expect((await workloads().rollout(ref('Rollout'), SIGNS)).marker).toBe(marker);
  });

  it('needs nothing where every pod is newer', async () => {
    createPod('newer', create('replicasets', 'litellm-1', createRollout()), { at: after });
    expect((await workloads().rollout(ref('Rollout'), SIGNS)).marker).toBe('forced');
  });
});

describe('an old pod that is deleted', () => {
  it('is that pod alone, and not another of its name', async () => {
    const uid = createPod('litellm-0', create('statefulsets', 'litellm'));
    await expect(workloads().deletePod(NS, { name: 'litellm-0', uid: 'of-one-before' })).resolves.toBe(true);
    expect(api.store.find('pods', { namespace: NS, name: 'litellm-0' })?.metadata?.deletionTimestamp).toBeUndefined();
    await expect(workloads().deletePod(NS, { name: 'litellm-0', uid })).resolves.toBe(true);
    const left = api.store.find('pods', { namespace: NS, name: 'litellm-0' });
    expect(left === undefined || left.metadata?.deletionTimestamp !== undefined).toBe(true);
    await expect(workloads().deletePod(NS, { name: 'absent', uid })).resolves.toBe(true);
  });

  it('stays where the worker may not delete it', async () => {
    api.faults.choose = ({ method }) => (method === 'DELETE' ? { status: 403, reason: 'Forbidden' } : undefined);
    await expect(workloads().deletePod(NS, { name: 'litellm-0', uid: 'x' })).resolves.toBe(false);
    api.faults.choose = () => undefined;
  });
});
