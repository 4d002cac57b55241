import { publish } from '../../../src/activities/steps/publish.ts';
import { restart } from '../../../src/activities/steps/restart.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import type { WorkloadFacts } from '../../../src/domain/preflight/index.ts';
import type { PodFacts } from '../../../src/domain/proofs/rollout-facts.ts';
import type { Rotation } from '../../../src/domain/rotation/rotation.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { publishInput, restartInput, stageInput } from '../../harness/activities/step-inputs.ts';
import { ROTATION } from '../../harness/rotation-input.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';

const ROTATED: Rotation = {
  ...ROTATION,
  workloads: [{ kind: 'Deployment', namespace: 'ai-system', name: 'litellm', secrets: ROTATION.secrets }],
};
const WATCHED: WorkloadFacts = {
  kind: 'Deployment',
  namespace: 'ai-system',
  name: 'litellm',
  secrets: ROTATION.secrets,
  replicas: 1,
  watchedByReloader: true,
  asksForReloader: true,
  annotatedOnTemplateOnly: false,
  strategy: 'RollingUpdate',
  hasReadinessProbe: true,
  times: { replicas: 1, atOnce: 1, readySeconds: 5, graceSeconds: 30, endsFirst: false },
};
const pod = (name: string, marked: boolean): PodFacts => ({ name, marked, ready: true, ending: false, restarts: 0 });

/** A Deployment that only our own restart changes, and when that was. */
async function restarted(
  watchedByReloader: boolean,
  startAt = 0,
): Promise<{ result: unknown; restartedAt: readonly number[] }> {
  const world = new TestCluster();
  await stage(world.deps, stageInput({ rotation: ROTATED, owner: { workflowId: 'w', runId: 'r' } }));
  await publish(world.deps, publishInput({ rotation: ROTATED, target: 'pending' }));
  world.time = startAt;
  const restartedAt: number[] = [];
  const workloads = {
    ...world.deps.workloads,
    reading: () => Promise.resolve([{ ...WATCHED, watchedByReloader }]),
    rollout: () =>
      Promise.resolve(
        restartedAt.length === 0
          ? { desired: 1, observed: true, marker: undefined, pods: [pod('litellm-old', false)] }
          : { desired: 1, observed: true, marker: 'forced' as const, pods: [pod('litellm-new', true)] },
      ),
    restart: () => {
      restartedAt.push(world.time);
      return Promise.resolve();
    },
  };
  const clock = clockOf(world, 120_000);
  const run = inActivity(() =>
    restart({ ...world.deps, workloads }, restartInput({ rotation: ROTATED, target: 'pending' }), clock),
  );
  return { result: await run.catch((error: unknown) => error), restartedAt };
}

const BY_US = {
  workloads: [{ kind: 'Deployment', namespace: 'ai-system', name: 'litellm', by: 'forced', pods: ['litellm-new'] }],
};

describe('when Reloader does not react', () => {
  it('the step restarts the workload itself after Reloader’s 10 s, once, and the report says so', async () => {
    const [workload] = BY_US.workloads;
    const result = { workloads: [{ ...workload, reloaderWasLate: true }] };
    expect(await restarted(true)).toEqual({ result, restartedAt: [10_000] });
  });

  it('the step restarts at once what Reloader does not watch', async () => {
    expect(await restarted(false)).toEqual({ result: BY_US, restartedAt: [0] });
  });

  it('the step restarts nothing any more when its budget is spent', async () => {
    const { result, restartedAt } = await restarted(true, 120_000);
    expect(result).toMatchObject({
      type: 'RolloutIncomplete',
      message: expect.stringContaining(
        'did not finish its rollout within the budget: it was never restarted.',
      ) as string,
    });
    expect(restartedAt).toEqual([]);
  });
});
