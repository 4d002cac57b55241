import { Watch } from '@kubernetes/client-node';
import { ApiError } from '../../sandbox/embedded/api/index.ts';
import { Clusters } from '../../src/kubernetes/clusters.ts';
import { Events } from '../../src/kubernetes/events.ts';
import { Secrets } from '../../src/kubernetes/secrets.ts';
import { Surroundings } from '../../src/kubernetes/surroundings.ts';
import { Workloads } from '../../src/kubernetes/workloads.ts';
import { EmbeddedApi } from '../harness/activities/embedded-api.ts';

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
    const of = { component: 'litellm', mark: 'mark', changedAt: new Date(0) };
    await new Workloads(api.connect()).restart({ kind: 'Deployment', namespace: NS, name: 'web' }, of, new Date(0));
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

describe('a list in pages', () => {
  const fill = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      const name = `s-${String(index).padStart(3, '0')}`;
      api.store.create('secrets', { metadata: { namespace: NS, name }, stringData: { password: name } });
    }
  };
  const list = async (query: string) => {
    const { body } = await api.get(`${api.server.url}/api/v1/namespaces/${NS}/secrets?${query}`, api.server.token);
    return JSON.parse(body) as {
      code?: number;
      reason?: string;
      metadata: { continue?: string; remainingItemCount?: number; resourceVersion?: string };
      items: { metadata: { name: string } }[];
    };
  };
  const names = ({ items }: Awaited<ReturnType<typeof list>>) => items.map(({ metadata }) => metadata.name);

  it('is of the version of its first page, whatever is written meanwhile', async () => {
    fill(5);
    const first = await list('limit=2');
    expect([names(first), first.metadata.remainingItemCount]).toEqual([['s-000', 's-001'], 3]);
    api.store.delete('secrets', { namespace: NS, name: 's-004' });
    const second = await list(`limit=2&continue=${first.metadata.continue ?? ''}`);
    // Asked again, as after an answer that was lost.
    expect(names(await list(`limit=2&continue=${first.metadata.continue ?? ''}`))).toEqual(names(second));
    const last = await list(`limit=2&continue=${second.metadata.continue ?? ''}`);
    expect([...names(second), ...names(last)]).toEqual(['s-002', 's-003', 's-004']);
    expect(last.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    expect((await list('limit=2&fieldSelector=type!=x')).metadata.remainingItemCount).toBeUndefined();
  });

  it('that is forgotten is answered with 410, and what is no continuation with 400', async () => {
    fill(3);
    const { metadata } = await list('limit=2');
    api.store.delete('secrets', { namespace: NS, name: 's-000' });
    api.store.compact();
    await expect(list(`limit=2&continue=${metadata.continue ?? ''}`)).resolves.toMatchObject({
      code: 410,
      reason: 'Expired',
    });
    await expect(list('limit=2&continue=made-up')).resolves.toMatchObject({ code: 400 });
  });

  it('gives the product every Secret once, and none of a type without a password', async () => {
    fill(120);
    for (const type of ['helm.sh/release.v1', 'kubernetes.io/tls'])
      api.store.create('secrets', { metadata: { namespace: NS, name: type.replaceAll('/', '-') }, type });
    const asked: string[] = [];
    let failing = true;
    api.faults.choose = ({ path }) => {
      const goesOn = path.includes('continue=');
      asked.push(goesOn ? 'continue' : 'begin');
      if (!goesOn || !failing) return undefined;
      // One page fails for a moment: it alone is asked for again.
      failing = false;
      return { status: 500, reason: 'InternalError' };
    };
    const found = (await new Secrets(api.connect()).list(NS)) ?? [];
    expect(new Set(found.map(({ name }) => name)).size).toBe(120);
    expect(found).toHaveLength(120);
    expect(asked).toEqual(['begin', 'continue', 'continue', 'continue']);
  });

  it('is begun anew by the product when it grew too old, some times', async () => {
    fill(60);
    let old = 2;
    api.faults.choose = ({ path }) =>
      path.includes('continue=') && (old -= 1) >= 0 ? { status: 410, reason: 'Expired' } : undefined;
    await expect(new Secrets(api.connect()).list(NS)).resolves.toHaveLength(60);
    old = Infinity;
    await expect(new Secrets(api.connect()).list(NS)).rejects.toMatchObject({
      type: 'KubernetesUnavailable',
      message: expect.stringContaining('grew too old between two of its pages, 4 times') as string,
    });
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
    await expect(new Surroundings(connection).reloaders()).rejects.toThrow(
      /cannot list resource "deployments" in API group "apps" at the cluster scope/,
    );
    // A watch by name is a request for that name.
    const watch = (name: string) =>
      api.get(
        `${connection.server}/apis/postgresql.cnpg.io/v1/namespaces/${NS}/clusters?watch=1&timeoutSeconds=0&fieldSelector=metadata.name=${name}`,
        connection.kubeConfig.getCurrentUser()?.token ?? '',
      );
    await expect(watch('litellm-postgresql')).resolves.toMatchObject({ status: 200 });
    await expect(watch('other')).resolves.toMatchObject({ status: 403 });
  });

  it('are nothing to whoever has no token', async () => {
    const { status, body } = await api.get(`${api.server.url}/api/v1/namespaces/${NS}/secrets`);
    expect([status, JSON.parse(body)]).toMatchObject([401, { kind: 'Status', reason: 'Unauthorized' }]);
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
    const { status, body } = await api.get(api.server.url);
    expect([status, JSON.parse(body)]).toMatchObject([429, { kind: 'Status', reason: 'TooManyRequests' }]);
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
    await expect(api.get(api.server.url)).rejects.toThrow();
  });
});
