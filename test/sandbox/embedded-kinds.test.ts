import { createStore, type Kinds, type ResourceName, type Store } from '../../sandbox/embedded/api/index.ts';
import { usualBehaviour } from '../../sandbox/embedded/behaviour.ts';
import { startCronJob } from '../../sandbox/embedded/controllers/cron-job.ts';
import { startControllers } from '../../sandbox/embedded/controllers/start.ts';
import { Folder } from '../../sandbox/embedded/folder.ts';
import { Kubelet } from '../../sandbox/embedded/pods/kubelet.ts';
import { until } from '../../sandbox/harness/until.ts';

/* The kinds that have pods, on a node that runs them, without an API server and without a database. */

const namespace = 'apps';
const behaviour = { ...usualBehaviour(), copyDelayMs: 50 };
const folder = new Folder();
let store: Store;
let kubelet: Kubelet;
let end: () => Promise<void>;

beforeEach(() => {
  store = createStore();
  for (const name of [namespace, 'databases']) store.create('namespaces', { metadata: { name } });
  const entrypoint = () => 'none' as const;
  kubelet = new Kubelet({ store, behaviour, folder, entrypoint, clusterEnvironment: () => ({}) });
  end = startControllers(store, behaviour);
});

afterEach(async () => {
  await end();
  await kubelet.close();
  behaviour.neverReady.clear();
});

afterAll(() => folder.remove());

const labels = { app: 'web' };
const template = (change: object = {}) => ({
  metadata: { labels },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image: 'web', ...change }] },
});
const object = (spec: object, name = 'web') => ({ metadata: { namespace, name }, spec }) as object;

function create(resource: ResourceName, given: object): void {
  store.create(resource, given);
}

function patch(resource: ResourceName, body: object): void {
  store.patch(resource, { namespace, name: 'web' }, { type: 'merge', body });
}

const pods = () =>
  store.list('pods', { namespace }).filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
const uids = () => pods().map(({ metadata }) => metadata?.uid);
const isReady = ({ status }: Kinds['pods']): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
const ready = (count: number) =>
  until(
    `${count} pods to be ready`,
    () => Promise.resolve(pods().filter(isReady).length === count || undefined),
    5_000,
  );
const status = (resource: ResourceName) =>
  (store.get(resource, { namespace, name: 'web' }) as { status?: Record<string, unknown> }).status ?? {};
const eventually = (what: string, look: () => boolean) =>
  until(
    what,
    () => Promise.resolve(look() || undefined),
    8_000,
    () => JSON.stringify(pods().map((pod) => pod.status)),
  );
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a ReplicaSet of nobody', () => {
  it('keeps its pods, makes a deleted one again, and leaves old pods alone when its template changes', async () => {
    create('replicasets', object({ replicas: 2, selector: { matchLabels: labels }, template: template() }));
    await ready(2);
    const [first, second] = uids();
    patch('replicasets', { spec: { template: template({ image: 'other' }) } });
    await pause(300);
    expect(uids()).toEqual([first, second]);

    const [gone] = pods();
    store.delete('pods', { namespace, name: gone?.metadata?.name ?? '' }, { gracePeriodSeconds: 0 });
    await ready(2);
    const images = pods().map(({ spec }) => spec?.containers[0]?.image);
    expect(images.sort()).toEqual(['other', 'web']);
    expect(pods()[0]?.metadata?.ownerReferences).toEqual([
      expect.objectContaining({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', controller: true }),
    ]);
    expect(status('replicasets')).toMatchObject({ replicas: 2, readyReplicas: 2, availableReplicas: 2 });
  });
});

describe('a DaemonSet', () => {
  it('has one pod on the one node, which goes before the new one comes', async () => {
    create('daemonsets', object({ selector: { matchLabels: labels }, template: template() }));
    await ready(1);
    const [old] = uids();
    patch('daemonsets', { spec: { template: template({ image: 'other' }) } });
    await eventually('a new pod', () => uids().length === 1 && uids()[0] !== old);
    await ready(1);
    await eventually('its status', () => status('daemonsets')['updatedNumberScheduled'] === 1);
    expect(status('daemonsets')).toMatchObject({ desiredNumberScheduled: 1, observedGeneration: 2 });
  });
});

describe('a Deployment', () => {
  it('counts a pod as available only after minReadySeconds', async () => {
    const spec = { replicas: 1, minReadySeconds: 2, selector: { matchLabels: labels }, template: template() };
    create('deployments', object(spec));
    await ready(1);
    await eventually('a ready pod', () => status('deployments')['readyReplicas'] === 1);
    expect(status('deployments')['availableReplicas']).toBe(0);
    await eventually('an available pod', () => status('deployments')['availableReplicas'] === 1);
  });
});

describe('a Job', () => {
  const job = (command: string[], more: object = {}) =>
    object({ ...more, template: { spec: { ...template({ command }).spec, restartPolicy: 'Never' } } });

  it('runs its pod to the end, and is complete', async () => {
    create('jobs', job(['sleep', '0.5']));
    await eventually('a pod that runs', () => status('jobs')['active'] === 1);
    expect(pods()[0]?.metadata?.labels).toMatchObject({ 'batch.kubernetes.io/job-name': 'web' });
    await eventually('its end', () => status('jobs')['succeeded'] === 1);
    expect(status('jobs')).toMatchObject({ active: 0, completionTime: expect.any(String) as string });
    expect(pods().map(({ status: now }) => now?.phase)).toEqual(['Succeeded']);
  });

  it('has failed when its pods failed too often', async () => {
    create('jobs', job(['false'], { backoffLimit: 0 }));
    await eventually('its end', () => JSON.stringify(status('jobs')).includes('BackoffLimitExceeded'));
    expect(status('jobs')).toMatchObject({ failed: 1 });
  });

  it('is made of a CronJob when somebody asks for it', async () => {
    const jobTemplate = {
      spec: { template: { spec: { ...template({ command: ['true'] }).spec, restartPolicy: 'Never' } } },
    };
    create('cronjobs', object({ schedule: '0 0 1 1 *', jobTemplate }));
    const name = startCronJob(store, store.get('cronjobs', { namespace, name: 'web' }), 'test');
    await eventually('its end', () => store.get('jobs', { namespace, name }).status?.succeeded === 1);
    expect(store.get('jobs', { namespace, name }).metadata?.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'CronJob', name: 'web', controller: true }),
    ]);
  });
});

describe('an Argo Rollout', () => {
  const rollout = (more: object = {}) =>
    object({ replicas: 2, strategy: { canary: {} }, selector: { matchLabels: labels }, template: template(), ...more });
  const inASecond = () => new Date(Date.now() + 1_000).toISOString().replace(/\.\d+Z$/, 'Z');

  it('is rolled out as a Deployment, through ReplicaSets', async () => {
    create('rollouts', rollout());
    await ready(2);
    const before = uids();
    patch('rollouts', { spec: { template: template({ image: 'other' }) } });
    await eventually('new pods', () => uids().length === 2 && uids().every((uid) => !before.includes(uid)));
    await eventually('its status', () => status('rollouts')['phase'] === 'Healthy');
    expect(pods()[0]?.metadata?.labels).toHaveProperty('rollouts-pod-template-hash');
    expect(store.list('replicasets', { namespace })[0]?.metadata?.ownerReferences).toEqual([
      expect.objectContaining({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', controller: true }),
    ]);
    expect(status('rollouts')['observedGeneration']).toBe('2');
  });

  it('deletes by restartAt one older pod after the other, and then says that it has', async () => {
    create('rollouts', rollout({ minReadySeconds: 1 }));
    await eventually('its pods', () => status('rollouts')['phase'] === 'Healthy');
    const before = uids();
    const restartAt = inASecond();
    patch('rollouts', { spec: { restartAt } });
    await eventually('the first', () => uids().filter((uid) => before.includes(uid)).length === 1);
    await eventually('its end', () => status('rollouts')['restartedAt'] === restartAt);
    expect(uids().filter((uid) => before.includes(uid))).toEqual([]);
    await ready(2);
  });

  it('restarts nothing while its pods are not ready: it would spare none', async () => {
    behaviour.neverReady.add('web');
    create('rollouts', rollout());
    await eventually('its pods', () => uids().length === 2);
    const before = uids();
    patch('rollouts', { spec: { restartAt: inASecond() } });
    await pause(2_000);
    expect(uids()).toEqual(before);
    expect(status('rollouts')['restartedAt']).toBeUndefined();
  });

  it('restarts also where a canary stands at a pause, which holds the new template back', async () => {
    create('rollouts', rollout({ strategy: { canary: { steps: [{ setWeight: 50 }, { pause: {} }] } } }));
    await ready(2);
    await eventually('its status', () => status('rollouts')['phase'] === 'Healthy');
    const before = uids();
    patch('rollouts', { spec: { template: template({ image: 'other' }) } });
    await eventually('the canary', () => status('rollouts')['phase'] === 'Paused');
    await ready(3);
    expect(uids().filter((uid) => before.includes(uid)).length).toBe(2);

    const restartAt = inASecond();
    patch('rollouts', { spec: { restartAt } });
    await eventually('its end', () => status('rollouts')['restartedAt'] === restartAt);
    expect(uids().filter((uid) => before.includes(uid))).toEqual([]);
  });
});

describe('a copy of a Secret', () => {
  const text = (name: string) =>
    Buffer.from(store.get('secrets', { namespace, name }).data?.['password'] ?? '', 'base64').toString();
  const secret = (at: string, name: string, password: string, annotations: Record<string, string>) =>
    store.create('secrets', {
      metadata: { namespace: at, name, annotations },
      stringData: { password },
    });

  it.each([
    [
      'Reflector',
      { 'reflector.v1.k8s.emberstack.com/reflection-allowed': 'true' },
      'reflector.v1.k8s.emberstack.com/reflects',
      'reflector.v1.k8s.emberstack.com/reflected-version',
    ],
    [
      'kubernetes-replicator',
      { 'replicator.v1.mittwald.de/replication-allowed': 'true' },
      'replicator.v1.mittwald.de/replicate-from',
      'replicator.v1.mittwald.de/replicated-from-version',
    ],
    ['an ExternalSecret', {}, 'sandbox.cnpg-rotator/external-secret-of', 'reconcile.external-secrets.io/data-hash'],
  ])(
    'of %s follows its source, and corrects nobody else’s write until that changes',
    async (_, allows, from, version) => {
      secret('databases', 'source', 'first', allows);
      secret(namespace, 'copy', '', { [from]: 'databases/source' });
      await eventually('the first copy', () => text('copy') === 'first');
      const body = { data: { password: Buffer.from('second').toString('base64') } };
      store.patch('secrets', { namespace: 'databases', name: 'source' }, { type: 'merge', body });
      await eventually('the second', () => text('copy') === 'second');
      const { resourceVersion } = store.get('secrets', { namespace: 'databases', name: 'source' }).metadata ?? {};
      expect(store.get('secrets', { namespace, name: 'copy' }).metadata?.annotations?.[version]).toBe(resourceVersion);

      const mine = { data: { password: Buffer.from('mine').toString('base64') } };
      store.patch('secrets', { namespace, name: 'copy' }, { type: 'merge', body: mine });
      await pause(300);
      expect(text('copy')).toBe('mine');
    },
  );

  it('is not made of a source that does not allow it', async () => {
    secret('databases', 'source', 'first', {});
    secret(namespace, 'copy', '', { 'reflector.v1.k8s.emberstack.com/reflects': 'databases/source' });
    await pause(300);
    expect(text('copy')).toBe('');
  });
});
