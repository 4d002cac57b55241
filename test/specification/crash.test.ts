import { awaitReport } from '../../src/client/rotate.ts';
import { STEPS, type Step } from '../../src/domain/rotation.ts';
import { useHarness, LITELLM } from '../e2e/support/harness.ts';
import { expectExactlyOnePassword } from '../e2e/support/one-password.ts';
import { sample } from '../e2e/support/sandbox-under-test.ts';
import { until } from '../e2e/support/programs.ts';
import { fingerprint } from '../e2e/support/world.ts';

const MINUTE = 60_000;

/** Steps that such a rotation does not take. */
const ELSEWHERE: ReadonlySet<Step> = new Set(['emergency', 'prepare', 'drain', 'retire']);

const harness = useHarness({ components: ['litellm'] });

/** Those that a rotation in place takes when all goes well. */
const INTERRUPTED = sample<Step>(
  STEPS.filter((step) => !ELSEWHERE.has(step)),
  ['publish'],
);

describe('a worker killed with SIGKILL', () => {
  it.each(INTERRUPTED)(
    'when the step %s has begun, and restarted: the rotation ends as it would have, with one password generated',
    async (step) => {
      const { world } = harness;
      const oldPassword = await world.password(LITELLM);
      const before = new Set(harness.passwords);
      const worker = await harness.startWorker();
      const waits = step === 'approve';
      const handle = await harness.startRotation(LITELLM.name, { requireApproval: waits });
      await until(
        `the step ${step}`,
        async () =>
          (await harness.progress(handle))?.steps.some((record) => record.step === step) ?? (await isOver(handle)),
        2 * MINUTE,
      );
      await worker.kill('SIGKILL');
      const successor = await harness.startWorker();
      if (waits) await handle.executeUpdate('approve', { args: [{ by: 'somebody' }] });
      await expect(awaitReport(handle)).resolves.toMatchObject({ outcome: 'rotated' });
      await successor.kill('SIGTERM');

      const newPassword = await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
      const generated = [...harness.passwords].filter((password) => !before.has(password));
      expect(generated.map(fingerprint)).toEqual([fingerprint(newPassword)]);
    },
    4 * MINUTE,
  );
});

async function isOver(handle: { describe(): Promise<{ status: { name: string } }> }): Promise<boolean> {
  return (await handle.describe()).status.name !== 'RUNNING';
}
