import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import type { Client } from '@temporalio/client';
import { connectClient } from '../../../src/client/connect.ts';
import { followWorkflow, type Followed } from '../../../src/client/follow.ts';
import { awaitReport, startRotation, type RotationHandle } from '../../../src/client/rotate.ts';
import { startDevServer, type DevServer, type DevServerOptions } from '../../../src/temporal/dev-server/dev-server.ts';

const MINUTE = 60_000;

const folder = mkdtempSync(path.join(tmpdir(), 'cnpg-rotator-follow-'));
let options: DevServerOptions;
let server: DevServer;
let client: Client;
let handle: RotationHandle;

beforeEach(async () => {
  const database = path.join(mkdtempSync(path.join(folder, 'server-')), 'temporal.db');
  options = { port: await getPort(), uiPort: await getPort(), database, namespace: 'default' };
  server = await startDevServer(options);
  client = await connectClient({ connection: { address: server.address }, namespace: 'default', taskQueue: 'none' });
  handle = await startRotation(client, 'none', { component: 'litellm' });
}, MINUTE);
// The connection stays open: a call that the SDK tries again would throw where nobody can catch it.
afterEach(() => server.stop(), MINUTE);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Follows, and acts when the follower says that nobody answers. */
function follow(
  more: Partial<Followed<unknown>>,
  act: (from: 'worker' | 'server', said: readonly string[]) => void | Promise<void>,
) {
  const said: string[] = [];
  return followWorkflow<unknown>(
    client,
    { handle, end: () => awaitReport(handle), ...more },
    {
      progress: () => void said.push('progress'),
      noAnswer: (from) => {
        if (said.at(-1) === from) return;
        said.push(from);
        void act(from, said);
      },
    },
  ).then(
    (report) => ({ said, report }),
    (error: unknown) => ({ said, error }),
  );
}

describe('a workflow that is followed while its Temporal server is killed', () => {
  it(
    'is followed to its end when the server is back',
    async () => {
      const ended = await follow({}, async (from, said) => {
        if (from === 'server') server = await startDevServer(options);
        else if (said.includes('server')) await handle.terminate();
        else await server.stop('SIGKILL');
      });
      expect(ended).toMatchObject({
        said: ['worker', 'server', 'worker'],
        error: { type: 'NeedsAttention', message: expect.stringContaining('was terminated') as string },
      });
    },
    2 * MINUTE,
  );

  it(
    'is out of sight when the server stays away',
    async () => {
      const ended = await follow({ waitForServerMs: 1_000 }, async (from) => {
        if (from === 'worker') await server.stop('SIGKILL');
      });
      expect(ended).toMatchObject({
        said: ['worker', 'server'],
        error: { type: 'OutOfSight', message: expect.stringContaining('How workflow rotate-litellm ends') as string },
      });
    },
    2 * MINUTE,
  );

  it(
    'is out of sight when the server comes back without it',
    async () => {
      // As a worker answers it until the server is killed.
      let answer = (): Promise<object> => Promise.resolve({ steps: [] });
      const answered = { workflowId: handle.workflowId, query: () => answer() } as unknown as RotationHandle;
      answer = async () => {
        answer = () => Promise.reject(new Error('no worker'));
        await server.stop('SIGKILL');
        return { steps: [] };
      };
      const ended = await follow({ handle: answered }, async (from) => {
        if (from === 'server') server = await startDevServer({ ...options, database: `${options.database}-new` });
      });
      expect(ended).toMatchObject({
        said: expect.arrayContaining(['progress', 'server']) as string[],
        error: { type: 'OutOfSight', message: expect.stringContaining('came back without it') as string },
      });
    },
    2 * MINUTE,
  );
});

it('a start whose server has gone is out of sight: whether it runs is not known', async () => {
  await server.stop('SIGKILL');
  const starting = client.withDeadline(Date.now() + 3_000, () => startRotation(client, 'none', { component: 'obot' }));
  await expect(starting).rejects.toMatchObject({ type: 'OutOfSight' });
}, 60_000);
