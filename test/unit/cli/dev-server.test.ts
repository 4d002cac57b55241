import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import { startDevServer, type DevServer } from '../../../src/cli/temporal-server/dev-server.ts';

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
