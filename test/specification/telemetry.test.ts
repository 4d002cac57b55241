import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CLI, run, type Program } from '../../sandbox/harness/programs.ts';
import { rotationWorkflowId } from '../../src/domain/rotation/workflow-ids.ts';
import { payloadKeys } from '../../src/temporal/payloads/payload-keys.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { OtlpReceiver } from '../harness/otlp/receiver.ts';

const MINUTE = 60_000;

const folder = mkdtempSync(path.join(tmpdir(), 'telemetry-'));
const keyFile = path.join(folder, 'payload-keys');
writeFileSync(keyFile, `2026-11: ${Buffer.alloc(32, 7).toString('base64')}\n`);

const harness = useHarness({ components: ['litellm'], payloadKeys: payloadKeys(keyFile) });

let receiver: OtlpReceiver;
let worker: Program;
let environment: Readonly<Record<string, string>>;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  environment = {
    CNPG_ROTATOR_PAYLOAD_KEY_FILE: keyFile,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    // Later than the end of each program.
    OTEL_BSP_SCHEDULE_DELAY: String(10 * MINUTE),
  };
  worker = await harness.startWorker(environment);
}, MINUTE);
afterAll(() => {
  receiver.stop();
  rmSync(folder, { recursive: true });
});

const cli = (args: readonly string[], more: Readonly<Record<string, string>>) =>
  run('node', [CLI, ...args], { ...harness.environment, ...more });

describe('a worker with a payload key and a receiver of traces', () => {
  it(
    'starts nothing for a command without the key, which says what is missing',
    async () => {
      const { code, stdout, stderr } = await cli(['rotate', LITELLM.name], {});
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^PayloadUnreadable: .* the key "2026-11", .*CNPG_ROTATOR_PAYLOAD_KEY_FILE.*\n$/);
      const second = harness.startProgram([path.join(path.dirname(CLI), '..', 'worker.js')]);
      expect(await second.ended).toBe(1);
      expect(second.output).toContain('PayloadUnreadable');
      expect(second.output).not.toContain('    at ');
      for await (const { workflowId } of harness.temporal.client.workflow.list())
        throw new Error(`${workflowId} was started`);
    },
    2 * MINUTE,
  );

  it(
    'rotates for a command with the key, and neither the history nor a span has a name of a Secret',
    async () => {
      const rotated = await cli(['rotate', LITELLM.name], environment);
      expect({ code: rotated.code, says: rotated.stdout.includes('rotated') }).toEqual({ code: 0, says: true });
      const history = await harness.temporal.history(rotationWorkflowId(LITELLM.name));
      expect(history.filter(({ text }) => text.includes(LITELLM.secret))).toEqual([]);
      const status = await cli(['status', LITELLM.name], environment);
      expect({ code: status.code, names: status.stdout.includes(LITELLM.name) }).toEqual({ code: 0, names: true });
    },
    3 * MINUTE,
  );

  it(
    'exports the rotation as one trace when it has stopped, without a password',
    async () => {
      await worker.kill('SIGTERM');
      const { spans, bodies } = receiver;
      const root = spans.find(({ name }) => name === 'StartWorkflow:rotatePassword');
      const trace = spans.filter(({ traceId }) => traceId === root?.traceId).map(({ name }) => name);
      const steps = ['preflight', 'stage', 'publish', 'sync', 'restart', 'verify', 'watch', 'finish'];
      expect(trace).toEqual(
        expect.arrayContaining(['RunWorkflow:rotatePassword', ...steps.map((step) => `RunActivity:${step}`)]),
      );
      const all = bodies.join('\n');
      expect(harness.passwords.size).toBeGreaterThanOrEqual(2);
      expect([...harness.passwords].filter((password) => all.includes(password))).toEqual([]);
      expect(all).not.toContain(LITELLM.secret);
    },
    2 * MINUTE,
  );
});
