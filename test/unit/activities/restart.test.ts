import { restart } from '../../../src/activities/steps/restart.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import type { Rotation } from '../../../src/domain/rotation/rotation.ts';
import type { Target } from '../../../src/domain/steps.ts';
import type { PodFacts } from '../../../src/domain/proofs/rollout.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { AlternatingWorld, TURN_ROTATION } from '../../harness/activities/alternating-world.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { ROTATION } from '../../harness/rotation-input.ts';
import { stageInput, publishInput, restartInput } from '../../harness/activities/step-inputs.ts';

const BUDGET_MS = 120_000;
const pod = (name: string, marked: boolean): PodFacts => ({
  name,
  marked,
  ready: marked,
  ending: !marked,
  restarts: 0,
});

/** A restart all of whose new pods are ready, while an old one takes its time to end. */
async function restartWithAnOldPodEnding(world: TestCluster, of: Rotation): ReturnType<typeof restart> {
  const rotation: Rotation = {
    ...of,
    workloads: [{ kind: 'Deployment', namespace: 'ai-system', name: 'litellm', secrets: of.secrets }],
  };
  await stage(world.deps, stageInput({ rotation, owner: { workflowId: 'w', runId: 'r' } }));
  await publish(world.deps, publishInput({ rotation, target: 'pending' }));
  const rollout = () =>
    Promise.resolve({
      desired: 1,
      observed: true,
      marker: 'reloader' as const,
      pods: [pod('litellm-new', true), pod('litellm-old', false)],
    });
  const deps = { ...world.deps, workloads: { ...world.deps.workloads, rollout } };
  return inActivity(() => restart(deps, restartInput({ rotation, target: 'pending' }), clockOf(world, BUDGET_MS)));
}

describe('a restart that its Deployment has given up', () => {
  const timedOut = { desired: 1, observed: true, marker: 'reloader', timedOutReplicaSet: 'litellm', pods: [] } as const;
  const waiting: PodFacts = { ...pod('litellm-new', true), ready: false };

  async function giveUpAfter(target: Target): Promise<number> {
    const world = new TestCluster();
    const rotation: Rotation = {
      ...ROTATION,
      workloads: [{ kind: 'Deployment', namespace: 'ai-system', name: 'litellm', secrets: [] }],
    };
    await stage(world.deps, stageInput({ rotation, owner: { workflowId: 'w', runId: 'r' } }));
    if (target === 'pending') await publish(world.deps, publishInput({ rotation, target }));
    const rollout = () => Promise.resolve({ ...timedOut, pods: [waiting] });
    const deps = { ...world.deps, workloads: { ...world.deps.workloads, rollout } };
    await expect(
      inActivity(() => restart(deps, restartInput({ rotation, target }), clockOf(world, BUDGET_MS))),
    ).rejects.toMatchObject({
      type: 'RolloutIncomplete',
      message: expect.stringContaining('progress deadline exceeded: 0 of 1 new pods ready') as string,
    });
    return world.time;
  }

  it('fails at once on the way', async () => {
    expect(await giveUpAfter('pending')).toBe(0);
  });

  it('is waited for on the way back as long as its budget lasts: nothing else is left to be tried', async () => {
    expect(await giveUpAfter('previous')).toBe(BUDGET_MS);
  });
});

describe('a restart whose old pods take long to end', () => {
  const result = {
    kind: 'Deployment',
    namespace: 'ai-system',
    name: 'litellm',
    by: 'reloader',
    pods: ['litellm-new'],
    ending: ['litellm-old'],
  };

  it('is done in place: what is ending has no use for a password that is refused already', async () => {
    const world = new TestCluster();
    expect(await restartWithAnOldPodEnding(world, ROTATION)).toEqual({ workloads: [result] });
    expect(world.time).toBe(0);
  });

  it('waits for them with alternating roles as long as its budget lasts, and then fails nothing', async () => {
    const world = new AlternatingWorld();
    expect(await restartWithAnOldPodEnding(world, TURN_ROTATION)).toEqual({ workloads: [result] });
    expect(world.time).toBe(BUDGET_MS);
  });
});
