import { awaitReport } from '../../src/client/rotate.ts';
import { LANGFUSE, OBOT, useHarness, ownWarnings } from '../harness/harness.ts';
import { reloaderProcesses } from '../harness/faults/faults.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { until } from '../../sandbox/harness/until.ts';
import { reloadersHash } from '../harness/world/secret-reader.ts';

const MINUTE = 60_000;
const RESTARTED_FOR = `cnpg-rotator.io/restarted-for-${OBOT.name}`;

// Not every worker may look whether Reloader is there.
const harness = useHarness({ asAdministrator: true, worker: true });

afterAll(() => harness.world.scaleReloader(1), 2 * MINUTE);

describe('without Reloader', () => {
  it(
    'the rotation restarts the workload itself, and warned that it would have to',
    async () => {
      const { world } = harness;
      const oldPassword = await world.password(LANGFUSE);
      await world.scaleReloader(0);
      const report = await harness.rotate(LANGFUSE.name);
      expect(report.outcome).toBe('rotated');
      expect(ownWarnings(report)).toEqual([expect.stringContaining('Reloader')]);
      expect(report.steps.find(({ step }) => step === 'restart')?.detail).toMatch(
        /^Deployment langfuse: 2 new pods ready, by a forced rollout(; \d old ending)?$/,
      );
      await expectExactlyOnePassword(world, LANGFUSE, { invalid: [oldPassword] });
      await world.scaleReloader(1);
    },
    4 * MINUTE,
  );
});

describe('with a Reloader that is late', () => {
  it(
    'the rotation restarts the workload itself and ends once, and Reloader’s restart after it leaves all as it is',
    async () => {
      const { world } = harness;
      const oldPassword = await world.password(OBOT);
      const deployment = () => world.apps.readNamespacedDeployment({ namespace: OBOT.namespace, name: OBOT.name });
      const markBefore = await reloadersHash(world, OBOT);
      const reloader = await reloaderProcesses(world);
      expect(reloader).not.toEqual([]);
      // When it goes on it sees what happened meanwhile, as one on a busy node does.
      const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => reloader.forEach(({ pid }) => process.kill(pid, name));
      signal('SIGSTOP');
      try {
        const handle = await harness.startRotation(OBOT.name);
        const { rotation } = await until('the rotation to answer', () => harness.progress(handle), MINUTE);
        let seen: string | undefined;
        let steps: string | undefined;
        await until(
          'the rotation to restart the workload',
          async () => {
            seen = (await deployment()).spec?.template.metadata?.annotations?.[RESTARTED_FOR];
            steps = (await harness.progress(handle))?.steps.map(({ step, outcome }) => `${step} ${outcome}`).join(', ');
            return seen === `${rotation}.pending`;
          },
          2 * MINUTE,
          () => `It is marked for ${seen ?? 'none'}; the steps: ${steps ?? 'unknown'}`,
        );
        expect(await reloadersHash(world, OBOT)).toBe(markBefore);
        signal('SIGCONT');
        const report = await awaitReport(handle);
        expect(report.outcome).toBe('rotated');
        expect(report.steps.find(({ step }) => step === 'restart')?.detail).toContain('by a forced rollout');
      } finally {
        signal('SIGCONT');
      }
      await until('Reloader to react', async () => (await reloadersHash(world, OBOT)) !== markBefore, MINUTE);
      await until(
        'the second rollout to end',
        async () => {
          const { metadata, spec, status } = await deployment();
          const seen = status?.observedGeneration === metadata?.generation;
          return seen && status?.updatedReplicas === spec?.replicas && status?.replicas === status?.availableReplicas;
        },
        MINUTE,
      );
      await expectExactlyOnePassword(world, OBOT, { invalid: [oldPassword] });
    },
    4 * MINUTE,
  );
});
