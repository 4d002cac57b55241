import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import { Connection } from '@temporalio/client';
import { refuseForeignWorkers, workerIdentity } from '../../../src/temporal/foreign-workers.ts';
import { startDevServer, type DevServer } from '../../../src/temporal/dev-server/dev-server.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'cnpg-rotator-dev-server-'));
let first: DevServer;
let port: number;

const start = (kubernetesUid: string, useRunning = false): Promise<DevServer> =>
  startDevServer({
    port,
    uiPort: port + 1,
    database: path.join(folder, 'temporal.db'),
    namespace: 'default',
    kubernetesUid,
    useRunning,
  });

beforeAll(async () => {
  port = await getPort();
  first = await start('kube-1');
}, 60_000);
afterAll(async () => {
  await first.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

describe('a Temporal server that listens already', () => {
  it('is used where it was started for the same Kubernetes cluster', async () => {
    await expect(start('kube-1')).resolves.toMatchObject({ own: false });
  });

  it('is refused where it was started for another one', async () => {
    await expect(start('kube-2')).rejects.toMatchObject({
      type: 'AnotherKubernetes',
      message: expect.stringContaining('--use-running') as string,
    });
  });

  it('is used for another one where the user says so', async () => {
    await expect(start('kube-2', true)).resolves.toMatchObject({ own: false });
  });
});

describe('a Task Queue of a real server', () => {
  it('tells of a worker of another Kubernetes cluster that polls it', async () => {
    const target = { connection: { address: first.address }, namespace: 'default', taskQueue: 'shared' };
    const connection = await Connection.connect({ address: first.address });
    const { workflowService } = connection;
    const given = new AbortController();
    const refuse = (uid: string): Promise<void> => refuseForeignWorkers({ workflowService }, target, uid);
    try {
      await expect(refuse('kube-1')).resolves.toBeUndefined();
      const poll = { namespace: 'default', taskQueue: { name: 'shared' }, identity: workerIdentity('kube-2') };
      // The server takes no shorter poll.
      const polling = connection.withAbortSignal(given.signal, () =>
        connection.withDeadline(Date.now() + 20_000, () => workflowService.pollWorkflowTaskQueue(poll)),
      );
      polling.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await expect(refuse('kube-1')).rejects.toMatchObject({ type: 'AnotherKubernetes' });
      await expect(refuse('kube-2')).resolves.toBeUndefined();
    } finally {
      given.abort();
      await connection.close();
    }
  });
});
