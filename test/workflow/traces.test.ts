import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { connectClient } from '../../src/client/connect.ts';
import { awaitReport, startRotation } from '../../src/client/rotate.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { flushTraces, traces } from '../../src/temporal/traces/traces.ts';
import { OtlpReceiver, type Span } from '../harness/otlp/receiver.ts';
import { createLocalEnvironment } from '../harness/temporal-environment.ts';
import { bundledWorkflows, WorkflowHarness } from './harness.ts';
import { StubActivities } from './stub-activities.ts';
import { tracingWorker } from './tracing.ts';

const MINUTE = 60_000;

let receiver: OtlpReceiver;
let environment: Awaited<ReturnType<typeof createLocalEnvironment>>;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.endpoint;
  environment = await createLocalEnvironment();
}, 2 * MINUTE);
afterAll(async () => {
  await environment.teardown();
  receiver.stop();
});

const tracing = async () => ({ ...(await tracingWorker()), ...(await traces({ withoutMessages: true }))?.worker });
const plain = () => Promise.resolve({ workflowBundle: bundledWorkflows() });

const target = (taskQueue: string) => ({
  connection: { address: environment.address },
  namespace: 'default',
  taskQueue,
});

/** A worker of its own, while something is done. */
async function withWorker<T>(
  options: Awaited<ReturnType<typeof plain>>,
  stubs: StubActivities,
  run: (harness: WorkflowHarness) => Promise<T>,
  taskQueue?: string,
): Promise<T> {
  const harness = new WorkflowHarness(environment, taskQueue, options);
  await harness.start();
  harness.use(stubs);
  try {
    return await run(harness);
  } finally {
    await harness.stop();
  }
}

/** The names of a span and of all its parents. */
function lineOf(span: Span, spans: readonly Span[]): readonly string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [span.name, ...(parent === undefined ? [] : lineOf(parent, spans))];
}

describe('a rotation whose worker exports traces', () => {
  it(
    'is one trace from the command over the workflow to each step',
    async () => {
      const stubs = new StubActivities();
      const handle = await withWorker(await tracing(), stubs, async ({ taskQueue }) => {
        const started = await startRotation(await connectClient(target(taskQueue)), taskQueue, {
          component: 'litellm',
        });
        expect(await awaitReport(started)).toMatchObject({ outcome: 'rotated' });
        return started;
      });
      await flushTraces();
      const { spans } = receiver;
      expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
      expect(receiver.services).toEqual(['{"stringValue":"cnpg-rotator"}']);
      const lines = spans.map((span) => lineOf(span, spans));
      const steps = [...new Set(stubs.calls.map((call) => call.split(' ')[0] ?? ''))];
      expect(steps).toEqual(expect.arrayContaining(['preflight', 'publish', 'restart', 'verify']));
      const above = ['RunWorkflow:rotatePassword', 'StartWorkflow:rotatePassword'];
      for (const step of steps)
        expect(lines).toContainEqual([`RunActivity:${step}`, `StartActivity:${step}`, ...above]);
      // Neither the input nor the memo.
      expect(receiver.bodies.join('\n')).not.toContain('litellm-db-secret');
      const history = await handle.fetchHistory();
      await Worker.runReplayHistory(await plain(), history, handle.workflowId);
    },
    2 * MINUTE,
  );

  it(
    'shows which step failed, without the text of the failure where the texts are encrypted',
    async () => {
      const before = receiver.spans.length;
      const stubs = new StubActivities().fail('restart', { type: 'RolloutIncomplete', target: 'pending' });
      await withWorker(await tracing(), stubs, (harness) => harness.rotate(stubs));
      await flushTraces();
      const failed = receiver.spans.slice(before).filter(({ status }) => status.code === 2);
      expect(failed.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['RunActivity:restart', 'StartActivity:restart', 'RunWorkflow:rotatePassword']),
      );
      expect(receiver.bodies.join('\n')).not.toContain('as the test asked');
    },
    2 * MINUTE,
  );
});

describe('a rotation that waits while its worker is changed', () => {
  it.each([
    ['to one that exports traces', plain, tracing],
    ['to one that exports none', tracing, plain],
  ])(
    '%s keeps its id, and goes on',
    async (_, first, second) => {
      const taskQueue = `changing-${randomUUID()}`;
      const stubs = new StubActivities();
      const [handle, { rotation }] = await withWorker(
        await first(),
        stubs,
        async (harness) => {
          const begun = await harness.begin(stubs, { component: 'litellm', requireApproval: true });
          for (;;) {
            const report = await begun.query<RotationReport>('progress');
            if (report.steps.at(-1)?.step === 'approve') return [begun, report] as const;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        },
        taskQueue,
      );
      // The second worker replays the workflow, which takes the id at random.
      await withWorker(
        await second(),
        stubs,
        async () => {
          expect((await handle.query<RotationReport>('progress')).rotation).toBe(rotation);
          await handle.executeUpdate('approve', { args: [{ by: 'alice' }] });
          expect(await awaitReport(handle)).toMatchObject({ outcome: 'rotated', rotation });
        },
        taskQueue,
      );
    },
    2 * MINUTE,
  );
});
