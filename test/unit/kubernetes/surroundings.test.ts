import { Poolers } from '../../../src/kubernetes/poolers.ts';
import { Surroundings } from '../../../src/kubernetes/surroundings.ts';
import { StubApi, apiError } from './stub-api.ts';

const around = (methods: ConstructorParameters<typeof StubApi>[0]): Surroundings =>
  new Surroundings(new StubApi(methods).connection);

describe('CNPG’s operator', () => {
  const answers = (patch: (request: Record<string, unknown>) => unknown): Promise<boolean> =>
    around({ patchNamespacedCustomObject: patch }).operatorAnswers('ns', 'db', new Date(0));

  it('answers when a change that is not kept is let through', async () => {
    let asked: unknown;
    await expect(answers((request) => (asked = request['dryRun']))).resolves.toBe(true);
    expect(asked).toBe('All');
  });

  it('is down when its webhook does not answer', async () => {
    const message = 'Internal error occurred: failed calling webhook "mcluster.cnpg.io": connection refused';
    await expect(
      answers(() => {
        throw apiError(500, message);
      }),
    ).resolves.toBe(false);
  });

  it.each([
    ['somebody else’s webhook is down', 500, 'failed calling webhook "policy.example.com"'],
    ['it may not be asked', 403, 'forbidden'],
  ])('is not known to be down when %s', async (_, code, message) => {
    const asked = answers(() => {
      throw apiError(code, message);
    });
    await expect(asked).rejects.toMatchObject({ name: 'RotationError' });
  });
});

describe('the version of CNPG', () => {
  it.each([
    ['registry.example/cloudnative-pg/cloudnative-pg:1.28.0', '1.28.0'],
    ['registry.local:5000/cnpg:v1.30.1@sha256:abc', '1.30.1'],
    ['registry.local:5000/cnpg@sha256:abc', undefined],
    ['registry.local:5000/cnpg', undefined],
    ['localhost/cnpg:ours', undefined],
  ])('in %s is %s', async (image, version) => {
    const pod = { spec: { initContainers: [{ name: 'bootstrap-controller', image }] } };
    const surroundings = around({ listNamespacedPod: () => ({ items: [pod] }) });
    await expect(surroundings.cnpgVersion('ns', 'db')).resolves.toBe(version);
  });
});

describe('Reloader', () => {
  const deployment = (image: string, more: object = {}, labels: object = {}): object => ({
    metadata: { namespace: 'kube-system', name: 'reloader', labels },
    spec: { template: { spec: { containers: [{ image, ...more }, { image: 'sidecar:1' }] } } },
  });
  const scaledToZero = { metadata: { name: 'r' }, spec: { replicas: 0, template: { spec: { containers: [] } } } };
  const found = (labelled: readonly object[], all: readonly object[]) =>
    around({
      listDeploymentForAllNamespaces: ({ labelSelector }) => ({ items: labelSelector === undefined ? all : labelled }),
    }).reloaders();

  it.each([
    ['is found by its label', [deployment('stakater/reloader:v1.4.6')], [], ['kube-system/reloader']],
    [
      'is found by its name, whatever the image',
      [deployment('mirror/x:1', {}, { 'app.kubernetes.io/name': 'reloader' })],
      [],
      ['kube-system/reloader'],
    ],
    ['is found by its image', [], [deployment('registry.example/stakater/reloader:v1.1.0')], ['kube-system/reloader']],
    [
      'is found by the image of a mirror',
      [],
      [deployment('mirror/stakater-reloader@sha256:a')],
      ['kube-system/reloader'],
    ],
    ['is found as the edition for enterprises', [], [deployment('x/reloader-enterprise:v1')], ['kube-system/reloader']],
    ['is not there when it is scaled to zero', [scaledToZero], [scaledToZero], []],
    ['is not every program with a label', [deployment('stakater/forecastle:v1')], [], []],
    ['is not Prometheus’ config reloader', [], [deployment('registry.example/prometheus-config-reloader:v1')], []],
  ])('%s', async (_, labelled, all, expected) => {
    expect((await found(labelled, all)).map(({ name }) => name)).toEqual(expected);
  });

  it('is known by its arguments, its version and the namespace of its variable', async () => {
    const env = [{ name: 'KUBERNETES_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }];
    const args = ['--reload-strategy=annotations', '--auto-reload-all'];
    await expect(found([deployment('stakater/reloader:v1.4.6-ubi', { args, env })], [])).resolves.toMatchObject([
      { version: [1, 4, 6], strategy: 'annotations', autoReloadAll: true, namespaces: ['kube-system'] },
    ]);
  });
});

describe('the last backup', () => {
  it('is the newest one of the Cluster that was completed', async () => {
    const backup = (cluster: string, phase: string, stoppedAt: string): object => ({
      spec: { cluster: { name: cluster } },
      status: { phase, stoppedAt },
    });
    const items = [
      backup('db', 'completed', '2026-11-23T02:00:00Z'),
      backup('db', 'completed', '2026-11-22T02:00:00Z'),
      backup('db', 'failed', '2026-11-24T02:00:00Z'),
      backup('other', 'completed', '2026-11-24T03:00:00Z'),
      { spec: { cluster: { name: 'db' } } },
    ];
    const surroundings = around({ listNamespacedCustomObject: () => ({ items }) });
    await expect(surroundings.lastBackupAt('ns', 'db')).resolves.toBe('2026-11-23T02:00:00Z');
  });
});

describe('a Pooler of an unknown form', () => {
  it('is a look-up that the API refused, and not a defect of ours', async () => {
    const { connection } = new StubApi({ listNamespacedCustomObject: () => ({ items: [{ metadata: {}, spec: {} }] }) });
    await expect(new Poolers(connection).ofCluster('ns', 'db')).rejects.toMatchObject({
      type: 'KubernetesRejected',
      message: expect.stringContaining('A Pooler of namespace ns has an unknown form') as string,
    });
  });
});
