import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { connectClient } from '../../src/client/connect.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import { dataConverter } from '../../src/temporal/payloads/data-converter.ts';
import { requireKeysOfRunning } from '../../src/temporal/payloads/require-keys.ts';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes.ts';
import { createLocalEnvironment } from '../harness/temporal-environment.ts';
import { encryptingWorker, exampleKey } from './encryption.ts';
import { useWorkflowHarness } from './harness.ts';
import { StubActivities } from './stub-activities.ts';

const KEY = exampleKey('2026-11');

const harness = useWorkflowHarness(
  () => createLocalEnvironment({ dataConverter: dataConverter([KEY]) }),
  undefined,
  encryptingWorker(KEY),
);

/** Every text and every payload of a message, as somebody sees them who has Temporal's database. */
function textsIn(message: unknown): readonly string[] {
  if (typeof message === 'string') return [message];
  if (message instanceof Uint8Array) return [Buffer.from(message).toString('utf8')];
  return typeof message === 'object' && message !== null ? Object.values(message).flatMap(textsIn) : [];
}

const target = (payloadKeys = [KEY], taskQueue = harness.taskQueue) => ({
  connection: { address: harness.environment.address },
  namespace: 'default',
  taskQueue,
  payloadKeys,
});

describe('a rotation whose worker has a key', () => {
  it('leaves a history without the name of a Secret, a role or a database, and is replayed', async () => {
    const handle = await harness.begin(new StubActivities());
    expect(await awaitReport(handle)).toMatchObject({ outcome: 'rotated', component: 'litellm' });
    const history = await handle.fetchHistory();
    expect(textsIn(history).filter((text) => /litellm/i.test(text))).toEqual([]);
    await Worker.runReplayHistory(encryptingWorker(KEY), history, handle.workflowId);
  });

  it('leaves no message of a failure, and whoever has the key reads the report', async () => {
    const stubs = new StubActivities().fail('restart', { type: 'RolloutIncomplete', target: 'pending' });
    const handle = await harness.begin(stubs);
    expect(await awaitReport(handle)).toMatchObject({
      outcome: 'rolled-back',
      cause: { type: 'RolloutIncomplete', message: 'restart failed as the test asked' },
    });
    const texts = textsIn(await handle.fetchHistory());
    expect(texts.filter((text) => /litellm|as the test asked|stub-activities/i.test(text))).toEqual([]);
    expect(texts).toContain('Encoded failure');
  });

  it('encrypts its memo, and no search attribute', async () => {
    const { connection, client } = harness.environment;
    await ensureSearchAttributes(connection.operatorService, 'default');
    const stubs = new StubActivities();
    stubs.searchAttributesAvailable = true;
    const handle = await harness.begin(stubs);
    await handle.result();
    const { memo, raw } = await client.workflow.getHandle(handle.workflowId).describe();
    expect(memo).toMatchObject({ secrets: 'litellm-db-secret' });
    expect(textsIn(raw.workflowExecutionInfo?.memo).join(' ')).not.toContain('litellm');
    expect(textsIn(raw.workflowExecutionInfo?.searchAttributes).join(' ')).toContain('"litellm"');
  });

  it('takes the input of somebody who has no key, such as the Web UI', async () => {
    const plain = await createPlainClient();
    const handle = await plain.workflow.start('rotatePassword', {
      taskQueue: harness.taskQueue,
      workflowId: `rotate-${randomUUID()}`,
      args: [{ component: 'litellm' }],
    });
    const withKey = harness.environment.client.workflow.getHandle(handle.workflowId);
    expect(await withKey.result()).toMatchObject({ outcome: 'rotated' });
    await expect(handle.result()).rejects.toMatchObject({ type: 'PayloadUnreadable' });
  });
});

/** Past the look that refuses such a client. */
function createPlainClient() {
  return connectClient(target([], `nobody-${randomUUID()}`));
}

describe('without the key of the workers', () => {
  it.each([
    ['no key', [], /encrypted with the key "2026-11", and there is no key here.*CNPG_ROTATOR_PAYLOAD_KEY_FILE/],
    ['another key', [exampleKey('2025-01')], /"2026-11", and here are "2025-01"/],
  ] as const)('a command with %s starts nothing', async (_, keys, message) => {
    await harness.rotate(new StubActivities());
    await expect(connectClient(target([...keys]))).rejects.toMatchObject({
      type: 'PayloadUnreadable',
      message: expect.stringMatching(message) as string,
    });
    await expect(connectClient(target([exampleKey('2026-12'), KEY]))).resolves.toBeDefined();
  });

  it('a worker does not start where an encrypted workflow runs, though no worker is left', async () => {
    const { client, connection } = harness.environment;
    const taskQueue = `nobody-${randomUUID()}`;
    const handle = await client.workflow.start('rotatePassword', {
      taskQueue,
      workflowId: `rotate-${randomUUID()}`,
      args: [{ component: 'litellm' }],
    });
    await isListed(handle.workflowId);
    const look = (keys: readonly (typeof KEY)[]) =>
      requireKeysOfRunning(connection.workflowService, target([...keys], taskQueue));
    await expect(look([])).rejects.toMatchObject({ type: 'PayloadUnreadable' });
    await expect(look([exampleKey('2025-01')])).rejects.toMatchObject({ type: 'PayloadUnreadable' });
    await expect(look([exampleKey('2026-12'), KEY])).resolves.toBeUndefined();
    await handle.terminate();
  });
});

/** Temporal's list lags behind. */
async function isListed(workflowId: string): Promise<void> {
  for (let looks = 0; looks < 100; looks += 1) {
    for await (const one of harness.environment.client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
      if (one.workflowId === workflowId) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${workflowId} is not listed`);
}
