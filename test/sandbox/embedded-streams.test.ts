import { PassThrough } from 'node:stream';
import { Exec, Watch } from '@kubernetes/client-node';
import { Changes } from '../../src/kubernetes/changes.ts';
import { dialService } from '../../src/kubernetes/dial.ts';
import { execInPod } from '../../src/kubernetes/exec.ts';
import { Pods } from '../../src/kubernetes/pods.ts';
import { EmbeddedApi } from '../harness/activities/embedded-api.ts';

const NS = 'ai-system';

let api: EmbeddedApi;
beforeEach(async () => {
  api = await EmbeddedApi.start(NS);
});
afterEach(() => api.server.close());

describe('a watch of the embedded API server', () => {
  const path = `/api/v1/namespaces/${NS}/secrets`;
  /** What a watch tells until it ends, in short. */
  const watched = (query: Record<string, string | number | boolean>): Promise<string[]> =>
    new Promise((resolve) => {
      const seen: string[] = [];
      void new Watch(api.kubeConfig).watch(
        path,
        query,
        (type, object: { metadata?: { name?: string }; code?: number }) =>
          seen.push(`${type} ${object.metadata?.name ?? object.code ?? ''}`.trim()),
        () => resolve(seen),
      );
    });
  const put = (name: string, labels: Record<string, string>): string =>
    api.store.patch('secrets', { namespace: NS, name }, { type: 'apply', body: { metadata: { labels } } }).metadata
      ?.resourceVersion ?? '';

  it('goes on from a version, and ends with a bookmark', async () => {
    const from = put('a', {});
    put('b', {});
    put('a', { changed: 'true' });
    api.store.delete('secrets', { namespace: NS, name: 'b' });
    const query = { resourceVersion: from, timeoutSeconds: 0.1, allowWatchBookmarks: true };
    await expect(watched(query)).resolves.toEqual(['ADDED b', 'MODIFIED a', 'DELETED b', 'BOOKMARK']);
  });

  it('begins with all that is there when it has no version', async () => {
    put('a', {});
    put('b', { app: 'x' });
    await expect(watched({ timeoutSeconds: 0.1, labelSelector: 'app' })).resolves.toEqual(['ADDED b']);
  });

  it('is told that what no longer fits its selector is gone', async () => {
    put('a', { app: 'x' });
    const seen = watched({ timeoutSeconds: 0.3, labelSelector: 'app=x', resourceVersion: String(api.store.version) });
    put('a', { app: 'y' });
    put('a', { app: 'x' });
    await expect(seen).resolves.toEqual(['DELETED a', 'ADDED a']);
  });

  it('gets 410 Gone when its version is forgotten', async () => {
    const from = put('a', {});
    put('b', {});
    api.store.compact();
    await expect(watched({ resourceVersion: from })).resolves.toEqual(['ERROR 410']);
  });

  it('wakes a step that waits, also after it was broken off', async () => {
    const changes = new Changes(api.connect(), [{ path, fieldSelector: 'metadata.name=a' }]);
    const never = new AbortController().signal;
    const wokenBy = async (act: () => void): Promise<void> => {
      const woken = changes.next(10_000, never);
      act();
      await woken;
    };
    try {
      put('a', {});
      await changes.next(10_000, never);
      // Opened again, a watch tells all that is there.
      await wokenBy(() => expect(api.server.dropWatches()).toBe(1));
      await wokenBy(() => put('a', { again: 'true' }));
    } finally {
      changes.close();
    }
  });
});

describe('pods behind the embedded API server', () => {
  const pod = { namespace: NS, pod: 'db-1', container: 'postgres' };
  beforeEach(() => {
    api.store.create('pods', {
      metadata: { namespace: NS, name: 'db-1', labels: { app: 'db' } },
      spec: { containers: [{ name: 'postgres' }] },
    });
  });

  it('run programs, with the input on stdin and the exit code told', async () => {
    const connection = api.connect();
    const run = (): ReturnType<typeof execInPod> => execInPod(connection, pod, ['psql', '-X'], 'SELECT 1;\n', 5_000);
    await expect(run()).resolves.toEqual({ succeeded: true, stdout: 'ran psql', stderr: '' });
    expect(api.pods.runs).toEqual([{ argv: ['psql', '-X'], stdin: 'SELECT 1;\n' }]);
    api.pods.exitCode = 2;
    await expect(run()).resolves.toMatchObject({ succeeded: false, stderr: 'it failed' });
    await expect(execInPod(connection, { ...pod, pod: 'gone' }, ['psql'], '', 5_000)).rejects.toThrow(/404/);
  });

  it('run programs that nobody gives an input, as kubectl exec does', async () => {
    const out = new PassThrough();
    const ended = new Promise((resolve) => {
      const argv = ['psql', '-c', 'SELECT 1'];
      void new Exec(api.kubeConfig).exec(NS, 'db-1', 'postgres', argv, out, out, null, false, resolve);
    });
    await expect(ended).resolves.toMatchObject({ status: 'Success' });
    expect(api.pods.runs).toEqual([{ argv: ['psql', '-c', 'SELECT 1'], stdin: '' }]);
  });

  it('give their log, cut as asked', async () => {
    const now = Date.now();
    api.pods.lines = [60, 5, 1].map((age) => ({ at: new Date(now - age * 1_000), text: `${age} s ago` }));
    const pods = new Pods(api.connect());
    await expect(pods.log(pod)).resolves.toBe('60 s ago\n5 s ago\n1 s ago\n');
    await expect(pods.log({ ...pod, sinceSeconds: 30 })).resolves.toBe('5 s ago\n1 s ago\n');
    await expect(pods.log({ ...pod, tailLines: 1, timestamps: true })).resolves.toMatch(/^\d{4}-.*Z 1 s ago\n$/);
    await expect(pods.log({ ...pod, container: 'none' })).resolves.toBeUndefined();
  });

  it('give the log of the main container where none is named', async () => {
    const containers = [{ name: 'proxy' }, { name: 'main' }];
    const annotations = { 'kubectl.kubernetes.io/default-container': 'main' };
    api.store.create('pods', { metadata: { namespace: NS, name: 'two', annotations }, spec: { containers } });
    api.pods.lines = [{ at: new Date(), text: 'said' }];
    await expect(new Pods(api.connect()).log({ namespace: NS, pod: 'two' })).resolves.toBe('said\n');
  });

  it('tell whether all of a log since a moment is there', async () => {
    const now = Date.now();
    api.pods.lines = [60, 5, 1].map((age) => ({ at: new Date(now - age * 1_000), text: `${age} s ago` }));
    const pods = new Pods(api.connect());
    const since = (seconds: number) => pods.logSince({ ...pod, sinceSeconds: seconds }, now - seconds * 1_000);
    await expect(since(30)).resolves.toEqual({ text: '5 s ago\n1 s ago\n', whole: true });
    await expect(since(90)).resolves.toMatchObject({ whole: false });
    api.pods.lines = [];
    await expect(since(30)).resolves.toEqual({ text: '', whole: false });
    await expect(pods.logSince({ ...pod, container: 'none', sinceSeconds: 30 }, now)).resolves.toBeUndefined();
  });

  it('are reached through a port-forward once they are ready', async () => {
    const connection = api.connect();
    api.store.create('services', {
      metadata: { namespace: NS, name: 'db-rw' },
      spec: { selector: { app: 'db' }, ports: [{ port: 5432 }] },
    });
    const dial = (): ReturnType<typeof dialService> =>
      dialService(connection, { namespace: NS, service: 'db-rw', port: 5432 }, 5_000);
    await expect(dial()).rejects.toThrow(/none of its 1 pods is ready/);
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    api.store.patch(
      'pods',
      { namespace: NS, name: 'db-1' },
      { type: 'merge', body: { status } },
      { subresource: 'status' },
    );
    const connected = await dial();
    connected.write('hello');
    const [answer] = (await connected.take(1).toArray()) as [Buffer];
    expect(answer.toString()).toBe('hello');
    api.pods.listens = false;
    const refused = await dial();
    await expect(refused.toArray()).rejects.toThrow(/connection refused/);
  });

  it('are only marked by a delete, until whoever runs them removes them', () => {
    const key = { namespace: NS, name: 'db-1' };
    api.store.delete('pods', key);
    expect(api.store.get('pods', key).metadata?.deletionTimestamp).toMatch(/Z$/);
    api.store.delete('pods', key, { gracePeriodSeconds: 0 });
    expect(api.store.find('pods', key)).toBeUndefined();
  });
});

describe('an object with a finalizer', () => {
  const key = { namespace: NS, name: 'of-app' };

  it('is only marked by a delete, as a new generation, and goes with its last finalizer', () => {
    const spec = { name: 'app', cluster: { name: 'db' } };
    api.store.create('databaseroles', { metadata: { ...key, finalizers: ['cnpg.io/deleteRole'] }, spec });
    api.store.delete('databaseroles', key);
    const { metadata } = api.store.get('databaseroles', key);
    expect(metadata).toMatchObject({ generation: 2, deletionTimestamp: expect.stringMatching(/Z$/) as string });
    api.store.patch('databaseroles', key, { type: 'merge', body: { metadata: { finalizers: [] } } });
    expect(api.store.find('databaseroles', key)).toBeUndefined();
  });

  it('that is CNPG’s DatabaseRole keeps its name and its Cluster', () => {
    api.store.create('databaseroles', { metadata: key, spec: { name: 'app', cluster: { name: 'db' } } });
    for (const spec of [{ name: 'other' }, { cluster: { name: 'other' } }, { ensure: 'absent' }])
      expect(() => api.store.patch('databaseroles', key, { type: 'merge', body: { spec } })).toThrow('is invalid');
  });
});
