import { useHarness, LITELLM, ownWarnings } from '../harness/harness.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { deployReaderOfOnePassword, READER_OF_ONE_PASSWORD } from '../harness/world/reader-of-one-password.ts';
import { reloadersHash } from '../harness/world/secret-reader.ts';

const MINUTE = 60_000;
const AUTO = 'reloader.stakater.com/auto';

const harness = useHarness({ worker: true, components: ['litellm'] });

describe('the restart', () => {
  it(
    'of a workload that Reloader does not watch is made by the rotation itself, with a warning',
    async () => {
      const { world } = harness;
      const annotate = (value: string | null): Promise<void> =>
        world.patchDeployment(LITELLM.namespace, LITELLM.name, { metadata: { annotations: { [AUTO]: value } } });
      await annotate(null);
      try {
        const report = await harness.rotate();
        expect(report.outcome).toBe('rotated');
        expect(ownWarnings(report)).toEqual([
          expect.stringContaining('annotate deployment litellm reloader.stakater.com/auto=true'),
        ]);
        expect(report.steps.find(({ step }) => step === 'restart')?.detail).toMatch(
          /^Deployment litellm: 2 new pods ready, by a forced rollout(; \d old ending)?$/,
        );
        for (const pod of await world.applicationPods(LITELLM)) expect(pod.lastLine).toContain('accepted');
      } finally {
        await annotate('true');
      }
    },
    4 * MINUTE,
  );

  it(
    'of an application that never becomes ready is rolled back, and the old password works again',
    async () => {
      const { world } = harness;
      const oldPassword = await world.password(LITELLM);
      await deployReaderOfOnePassword(world, LITELLM, { password: oldPassword, progressDeadlineSeconds: 15 });
      try {
        const report = await harness.rotate();
        expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'RolloutIncomplete' } });
        expect(report.cause?.message).toContain(
          `Deployment ai-system/${READER_OF_ONE_PASSWORD} cannot finish its rollout: progress deadline`,
        );
        await expectExactlyOnePassword(world, LITELLM, { valid: oldPassword });
        await expect(
          world.core.readNamespacedSecret({ namespace: 'ai-system', name: 'litellm-db-secret-rotation' }),
        ).rejects.toMatchObject({ code: 404 });
      } finally {
        await world.apps.deleteNamespacedDeployment({ namespace: LITELLM.namespace, name: READER_OF_ONE_PASSWORD });
      }
    },
    8 * MINUTE,
  );

  it(
    'made by the rotation itself is made again on the way back, though Reloader’s hash of the old password stands there',
    async () => {
      const { world } = harness;
      expect((await harness.rotate()).outcome).toBe('rotated');
      const hashOfTheOld = await reloadersHash(world, LITELLM);
      expect(hashOfTheOld).toBeDefined();
      const oldPassword = await world.password(LITELLM);
      await world.patchDeployment(LITELLM.namespace, LITELLM.name, { metadata: { annotations: { [AUTO]: null } } });
      await deployReaderOfOnePassword(world, LITELLM, { password: oldPassword, progressDeadlineSeconds: 15 });
      try {
        const report = await harness.rotate();
        expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'RolloutIncomplete' } });
        expect(await reloadersHash(world, LITELLM)).toBe(hashOfTheOld);
        await expectExactlyOnePassword(world, LITELLM, { valid: oldPassword });
      } finally {
        await world.apps.deleteNamespacedDeployment({ namespace: LITELLM.namespace, name: READER_OF_ONE_PASSWORD });
        await world.patchDeployment(LITELLM.namespace, LITELLM.name, { metadata: { annotations: { [AUTO]: 'true' } } });
      }
    },
    8 * MINUTE,
  );
});
