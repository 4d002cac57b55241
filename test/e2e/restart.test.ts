import { Harness, LITELLM, ownWarnings } from './support/harness.ts';
import { deployPicky, PICKY } from './support/picky.ts';

const MINUTE = 60_000;
const AUTO = 'reloader.stakater.com/auto';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.open();
  await harness.startWorker();
}, 20 * MINUTE);

afterAll(async () => {
  expect(await harness.close()).toEqual([]);
});

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
        expect(report.steps.find(({ step }) => step === 'restart')?.detail).toBe(
          'Deployment litellm: 2 new pods ready, by a forced rollout',
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
      await deployPicky(world, LITELLM, { password: oldPassword });
      try {
        const report = await harness.rotate();
        expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'RolloutIncomplete' } });
        expect(report.cause?.message).toContain(`Deployment ai-system/${PICKY}`);
        expect((await world.password(LITELLM)) === oldPassword).toBe(true);
        expect(await world.accepts(LITELLM, oldPassword)).toBe(true);
        for (const pod of await world.applicationPods(LITELLM)) expect(pod).toMatchObject({ ready: true });
        await expect(
          world.core.readNamespacedSecret({ namespace: 'ai-system', name: 'litellm-db-secret-rotation' }),
        ).rejects.toMatchObject({ code: 404 });
      } finally {
        await world.apps.deleteNamespacedDeployment({ namespace: LITELLM.namespace, name: PICKY });
      }
    },
    8 * MINUTE,
  );
});
