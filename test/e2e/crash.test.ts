import { awaitReport } from '../../src/client/rotate.ts';
import { STEPS, type Step } from '../../src/domain/rotation.ts';
import { Harness, LITELLM } from './support/harness.ts';
import { until } from './support/programs.ts';
import { fingerprint } from './support/world.ts';

const MINUTE = 60_000;

const ELSEWHERE: ReadonlySet<Step> = new Set(['emergency', 'prepare', 'drain', 'retire']);

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.open();
}, 20 * MINUTE);

afterAll(async () => {
  expect(await harness.close()).toEqual([]);
});

/** Those that a rotation in place takes when all goes well. */
const INTERRUPTED: readonly Step[] = STEPS.filter((step) => !ELSEWHERE.has(step));

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

      const newPassword = await world.password(LITELLM);
      expect(await world.accepts(LITELLM, newPassword)).toBe(true);
      expect(await world.accepts(LITELLM, oldPassword)).toBe(false);
      const generated = [...harness.passwords].filter((password) => !before.has(password));
      expect(generated.map(fingerprint)).toEqual([fingerprint(newPassword)]);
    },
    4 * MINUTE,
  );

  it(
    'stopped with SIGTERM in the middle hands its step over at once',
    async () => {
      const worker = await harness.startWorker();
      const handle = await harness.startRotation();
      await until(
        'the restart',
        async () => (await harness.progress(handle))?.steps.some(({ step }) => step === 'restart'),
        MINUTE,
      );
      expect(await worker.kill('SIGTERM')).toBe(0);
      const successor = await harness.startWorker();
      await expect(awaitReport(handle)).resolves.toMatchObject({ outcome: 'rotated' });
      await successor.kill('SIGTERM');
    },
    4 * MINUTE,
  );
});

async function isOver(handle: { describe(): Promise<{ status: { name: string } }> }): Promise<boolean> {
  return (await handle.describe()).status.name !== 'RUNNING';
}
