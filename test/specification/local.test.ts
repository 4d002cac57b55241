import { awaitReport } from '../../src/client/rotate.ts';
import { rotationWorkflowId } from '../../src/domain/rotation/workflow-ids.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { CLI, run } from '../../sandbox/harness/programs.ts';

const MINUTE = 60_000;

const harness = useHarness({ components: ['litellm'], throughProxy: true });

describe('cnpg-rotate rotate --local', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'that is stopped by %s ends at once and says so, and the next one ends the rotation',
    async (signal) => {
      const { world } = harness;
      const oldPassword = await world.password(LITELLM);
      const rotating = harness.startProgram([CLI, 'rotate', LITELLM.name, '--local', '--yes']);
      await rotating.printed(/✓ publish/);
      expect(await rotating.kill(signal)).toBe(130);
      expect(rotating.output).toContain('The worker stops. What was running goes on');
      const worker = await harness.startWorker();
      const report = await awaitReport(harness.temporal.client.workflow.getHandle(rotationWorkflowId(LITELLM.name)));
      expect(report.outcome).toBe('rotated');
      await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
      await worker.kill('SIGTERM');
    },
    3 * MINUTE,
  );

  it(
    'ends by itself with 0 when it has rotated',
    async () => {
      const rotated = await run('node', [CLI, 'rotate', LITELLM.name, '--local', '--yes'], harness.environment);
      expect({ code: rotated.code, ends: rotated.stdout.includes('rotated') }).toEqual({ code: 0, ends: true });
    },
    3 * MINUTE,
  );
});
