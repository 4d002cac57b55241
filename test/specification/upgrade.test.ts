import { awaitBatchReport, startBatch } from '../../src/client/batch.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import { approveRotation } from '../../src/client/interventions.ts';
import { rotationWorkflowId } from '../../src/domain/rotation/workflow-ids.ts';
import type { Program } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';

const MINUTE = 60_000;
const DEPLOYMENT = 'cnpg-rotator';

const harness = useHarness({ components: ['litellm'] });

const workerOf = (buildId: string): Promise<Program> =>
  harness.startWorker({ TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT, TEMPORAL_WORKER_BUILD_ID: buildId });

/** As Temporal's worker controller does when the new pods are ready. */
async function makeCurrent(buildId: string): Promise<void> {
  const { client } = harness.temporal;
  await until(
    `version ${buildId} is known and current`,
    () =>
      client.workflowService
        .setWorkerDeploymentCurrentVersion({
          namespace: client.options.namespace,
          deploymentName: DEPLOYMENT,
          buildId,
          version: `${DEPLOYMENT}.${buildId}`,
          identity: 'the test',
          ignoreMissingTaskQueues: true,
        })
        .then(
          () => true,
          () => false,
        ),
    MINUTE,
  );
}

/** The version on which the newest rotation of the component is pinned. */
async function pinnedTo(): Promise<string | undefined> {
  const { raw } = await harness.temporal.client.workflow.getHandle(rotationWorkflowId(LITELLM.name)).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
}

describe('a worker without a version', () => {
  it(
    'runs a batch',
    async () => {
      const worker = await harness.startWorker();
      const batch = await startBatch(harness.temporal.client, TASK_QUEUE, { components: [LITELLM.name] });
      expect(await awaitBatchReport(batch)).toMatchObject({ outcome: 'rotated' });
      await worker.kill('SIGTERM');
    },
    3 * MINUTE,
  );
});

describe('a worker that is upgraded in the middle of a rotation', () => {
  it(
    'leaves the rotation to the version that began it, and the next one goes to the new version',
    async () => {
      const old = await workerOf('1');
      await makeCurrent('1');
      const rotation = await harness.startRotation(LITELLM.name, { requireApproval: true });
      await until(
        'the rotation waits for its approval',
        async () => {
          const { steps } = await rotation.query<{ steps: readonly { step: string }[] }>('progress');
          return steps.at(-1)?.step === 'approve';
        },
        MINUTE,
      );
      const fresh = await workerOf('2');
      await makeCurrent('2');
      const { workflowId } = rotation;
      await approveRotation(harness.temporal.client, { component: LITELLM.name, workflowId }, {});
      expect(await awaitReport(rotation)).toMatchObject({ outcome: 'rotated' });
      expect(await pinnedTo()).toBe('1');
      expect(await harness.rotate()).toMatchObject({ outcome: 'rotated' });
      expect(await pinnedTo()).toBe('2');
      await Promise.all([old.kill('SIGTERM'), fresh.kill('SIGTERM')]);
    },
    4 * MINUTE,
  );
});
