import { Watch } from '@kubernetes/client-node';
import { ApiError } from '../../../sandbox/embedded/api/index.ts';
import { Clusters } from '../../../src/kubernetes/clusters.ts';
import { Events } from '../../../src/kubernetes/events.ts';
import { Secrets } from '../../../src/kubernetes/secrets.ts';
import { Surroundings } from '../../../src/kubernetes/surroundings.ts';
import { Workloads } from '../../../src/kubernetes/workloads.ts';
import { EmbeddedApi } from '../../support/embedded-api.ts';

const NS = 'ai-system';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const SECRET = {
  namespace: NS,
  name: 'db',
  labels: { 'cnpg.io/reload': 'true' },
  annotations: {},
  data: { password: bytes('old') },
};

let api: EmbeddedApi;
beforeEach(async () => {
  api = await EmbeddedApi.start(NS, 'cache');
});
afterEach(() => api.server.close());

describe('the embedded API server holds Secrets as a real one', () => {
  it('and a change keeps the other keys and is refused on an older version', async () => {
    const secrets = new Secrets(api.connect());
    const created = await secrets.create({ ...SECRET, data: { ...SECRET.data, host: bytes('db-rw') } });
    await expect(secrets.create(SECRET)).resolves.toBeUndefined();
    const { resourceVersion = '' } = created ?? {};
    const changed = await secrets.change(NS, 'db', { data: { password: bytes('new') }, resourceVersion });
    expect(Buffer.from(changed?.data['password'] ?? []).toString()).toBe('new');
    expect(Buffer.from(changed?.data['host'] ?? []).toString()).toBe('db-rw');
    expect(Number(changed?.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
    await expect(secrets.change(NS, 'db', { data: {}, resourceVersion })).resolves.toBeUndefined();
  });

  it('and tells who wrote the data, whoever has annotated it since', async () => {
    const secrets = new Secrets(api.connect());
    api.store.create(
      'secrets',
      { metadata: { namespace: NS, name: 'db' }, stringData: { password: 'a' } },
      { manager: 'kustomize-controller' },
    );
    const owner = (manager: string): string[] =>
      (api.store.get('secrets', { namespace: NS, name: 'db' }).metadata?.managedFields ?? [])
        .filter((entry) => entry.manager === manager)
        .flatMap(({ fieldsV1 }) => Object.keys(fieldsV1));
    api.store.patch(
      'secrets',
      { namespace: NS, name: 'db' },
      { type: 'merge', body: { metadata: { annotations: { a: 'b' } } } },
      { manager: 'someone' },
    );
    expect(owner('kustomize-controller')).toContain('f:data');
    expect(owner('someone')).toEqual(['f:metadata']);
    api.store.patch(
      'secrets',
      { namespace: NS, name: 'db' },
      { type: 'merge', body: { data: { password: 'Yg==' } } },
      { manager: 'someone' },
    );
    expect(owner('kustomize-controller')).not.toContain('f:data');
    await expect(secrets.find(NS, 'db')).resolves.toMatchObject({ dataChangedAt: expect.any(Date) as Date });
  });

  it('and keeps whose they are, and who applied which keys', async () => {
    const secrets = new Secrets(api.connect());
    const owner = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      name: 'db',
      uid: 'u',
      controller: true,
    };
    const key = { namespace: NS, name: 'db' };
    const metadata = { ...key, ownerReferences: [owner] };
    const applied = { apiVersion: 'v1', kind: 'Secret', metadata, data: { password: 'YQ==' } };
    api.store.patch('secrets', key, { type: 'apply', body: applied }, { manager: 'kubectl' });
    const [read, { resourceVersion = '' } = {}] = [await secrets.find(NS, 'db'), await secrets.find(NS, 'db')];
    expect(read).toMatchObject({
      ownerReferences: [{ kind: 'ExternalSecret', name: 'db', controller: true }],
      fieldManagers: [{ manager: 'kubectl', operation: 'Apply', keys: ['password'] }],
    });
    const changed = await secrets.change(NS, 'db', { data: { password: bytes('b') }, resourceVersion });
    expect(changed?.ownerReferences).toEqual(read?.ownerReferences);
  });

  it('and knows this program by its name', async () => {
    const created = await new Secrets(api.connect()).create(SECRET);
    expect(created?.lastWriter?.manager).toBe('cnpg-rotator');
  });

  it('and deletes the one that was meant, not another of its name', async () => {
    const secrets = new Secrets(api.connect());
    const { uid = '' } = (await secrets.create(SECRET)) ?? {};
    await secrets.delete(NS, 'db', 'another');
    await expect(secrets.find(NS, 'db')).resolves.toBeDefined();
    await secrets.delete(NS, 'db', uid);
    await expect(secrets.find(NS, 'db')).resolves.toBeUndefined();
  });

  it('and never quotes a value that it refuses', () => {
    const create = (): unknown =>
      api.store.create('secrets', { metadata: { namespace: NS, name: 'db' }, data: { password: 'hunter2!' } });
    expect(create).toThrow(/illegal base64 data in key "password"/);
    expect(create).not.toThrow(/hunter2/);
  });
});

describe('workloads and Clusters in the embedded API server', () => {
  const web = { namespace: NS, name: 'web' };

  it('restart by a strategic merge patch, which counts as a generation', async () => {
    const container = { name: 'web', env: [{ name: 'A', value: '1' }] };
    api.store.create('deployments', {
      metadata: web,
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
      },
    });
    const of = { component: 'litellm', mark: 'mark' };
    await new Workloads(api.connect()).restart(NS, { kind: 'Deployment', name: 'web' }, of, new Date(0));
    const { metadata, spec } = api.store.get('deployments', web);
    expect(metadata?.generation).toBe(2);
    expect(spec?.template.metadata?.annotations).toMatchObject({ 'cnpg-rotator.io/restarted-for-litellm': 'mark' });
    expect(spec?.template.spec?.containers).toEqual([container]);
  });

  it('refuse a change while a webhook is down, and a dry run changes nothing', async () => {
    const [connection, cluster] = [api.connect(), { namespace: NS, name: 'db' }];
    api.store.create('clusters', { metadata: cluster, spec: {} });
    const before = api.store.version;
    const surroundings = new Surroundings(connection);
    await expect(surroundings.operatorAnswers(NS, 'db', new Date())).resolves.toBe(true);
    expect(api.store.version).toBe(before);
    api.store.admit('clusters', () => {
      throw ApiError.webhookDown('mcluster.cnpg.io', 'connect: connection refused');
    });
    await expect(surroundings.operatorAnswers(NS, 'db', new Date())).resolves.toBe(false);
  });

  it('keep status and spec apart', async () => {
    const cluster = { namespace: NS, name: 'db' };
    api.store.create('clusters', { metadata: cluster, spec: {}, status: { phase: 'dreamt' } });
    api.store.patch(
      'clusters',
      cluster,
      { type: 'merge', body: { status: { phase: 'real' }, spec: { a: 1 } } },
      { subresource: 'status' },
    );
    await expect(new Clusters(api.connect()).find(NS, 'db')).resolves.toMatchObject({ phase: 'real' });
    expect(api.store.get('clusters', cluster)).toMatchObject({ metadata: { generation: 1 }, spec: {} });
  });
});

describe('the rights in deploy/rbac.yaml', () => {
  it('let the worker do its work on the embedded API server, and nothing else', async () => {
    const connection = await api.connectAsWorker();
    const secrets = new Secrets(connection);
    for (const name of ['litellm-db-secret', 'other']) {
      api.store.create('secrets', { metadata: { namespace: NS, name }, stringData: { password: 'a' } });
    }
    const live = await secrets.find(NS, 'litellm-db-secret');
    await expect(secrets.list(NS)).resolves.toHaveLength(2);
    await expect(secrets.create({ ...SECRET, name: 'litellm-db-secret-rotation' })).resolves.toBeDefined();
    await new Events(connection).aboutSecret(
      'litellm-db-secret',
      { namespace: NS, id: 'x', type: 'Normal', reason: 'Rotated', message: 'm' },
      new Date(),
    );
    expect(api.store.list('events')).toHaveLength(1);
    const forbidden = { type: 'KubernetesForbidden' };
    await expect(secrets.find(NS, 'other')).rejects.toMatchObject(forbidden);
    await expect(secrets.delete(NS, 'litellm-db-secret', live?.uid ?? '')).rejects.toMatchObject(forbidden);
    await expect(new Surroundings(connection).reloaderFound()).rejects.toThrow(
      /cannot list resource "deployments" in API group "apps" at the cluster scope/,
    );
    // A watch by name is a request for that name.
    const watch = (name: string): Promise<number> =>
      fetch(
        `${connection.server}/apis/postgresql.cnpg.io/v1/namespaces/${NS}/clusters?watch=1&timeoutSeconds=0&fieldSelector=metadata.name=${name}`,
        {
          headers: { authorization: `Bearer ${connection.kubeConfig.getCurrentUser()?.token ?? ''}` },
        },
      ).then(({ status }) => status);
    await expect(watch('litellm-postgresql')).resolves.toBe(200);
    await expect(watch('other')).resolves.toBe(403);
  });

  it('are nothing to whoever has no token', async () => {
    const response = await fetch(`${api.server.url}/api/v1/namespaces/${NS}/secrets`);
    expect([response.status, await response.json()]).toMatchObject([401, { kind: 'Status', reason: 'Unauthorized' }]);
  });
});

describe('faults of the embedded API server', () => {
  it('of the moment are borne by the product', async () => {
    const secrets = new Secrets(api.connect());
    await secrets.create(SECRET);
    const faults = [
      'disconnect' as const,
      { status: 429, reason: 'TooManyRequests' },
      { status: 500, reason: 'InternalError' },
    ];
    api.faults.choose = () => faults.shift();
    await expect(secrets.find(NS, 'db')).resolves.toMatchObject({ name: 'db' });
    expect(faults).toEqual([]);
  });

  it('come as often as they are to', async () => {
    api.faults.errorRates[429] = 1;
    const answer = await fetch(api.server.url);
    expect([answer.status, await answer.json()]).toMatchObject([429, { kind: 'Status', reason: 'TooManyRequests' }]);
  });

  it('break what is open when it goes down', async () => {
    const ended = new Promise((resolve) => {
      void new Watch(api.kubeConfig).watch(
        `/api/v1/namespaces/${NS}/secrets`,
        { resourceVersion: '0' },
        () => (api.faults.apiDown = true),
        resolve,
      );
    });
    await new Secrets(api.connect()).create(SECRET);
    await ended;
    await expect(fetch(api.server.url)).rejects.toThrow();
  });
});
