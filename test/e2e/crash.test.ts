import { awaitReport, type RotationHandle } from '../../src/client/rotate.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import type { Program } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';

const MINUTE = 60_000;

const harness = useHarness();

/** A rotation that a worker has brought as far as the restart. */
async function rotateToRestart(): Promise<{ worker: Program; handle: RotationHandle }> {
  const worker = await harness.startWorker();
  const handle = await harness.startRotation();
  await until(
    'the restart',
    async () => (await harness.progress(handle))?.steps.some(({ step }) => step === 'restart'),
    MINUTE,
  );
  return { worker, handle };
}

describe('a worker that is told to end', () => {
  it(
    'by SIGTERM in the middle of a step hands its step over at once',
    async () => {
      const { worker, handle } = await rotateToRestart();
      expect(await worker.kill('SIGTERM')).toBe(0);
      const successor = await harness.startWorker();
      await expect(awaitReport(handle)).resolves.toMatchObject({ outcome: 'rotated' });
      await successor.kill('SIGTERM');
    },
    4 * MINUTE,
  );
});

describe('a Temporal server killed with SIGKILL', () => {
  it(
    'in the middle of a rotation, and restarted with its database: the rotation ends as it would have',
    async () => {
      const { world, temporal } = harness;
      const oldPassword = await world.password(LITELLM);
      const { worker, handle } = await rotateToRestart();
      await temporal.crash();
      await expect(awaitReport(handle)).resolves.toMatchObject({ outcome: 'rotated' });
      await worker.kill('SIGTERM');
      await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
    },
    4 * MINUTE,
  );
});
