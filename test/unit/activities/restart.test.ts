import { BASELINE_SECONDS } from '../../../src/domain/budgets.ts';
import { restart } from '../../harness/activities/kept-steps.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import type { Rotation } from '../../../src/domain/rotation/rotation.ts';
import type { Target } from '../../../src/domain/steps.ts';
import type { PodFacts } from '../../../src/domain/proofs/rollout-facts.ts';
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

describe('a restart that a workflow of version 0.2.0 asked for', () => {
  it('finds its workloads, which have no namespace, at home', async () => {
    const world = new TestCluster();
    const seen: string[] = [];
    await stage(world.deps, stageInput({ rotation: ROTATION, owner: { workflowId: 'w', runId: 'r' } }));
    await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
    const rollout: typeof world.deps.workloads.rollout = ({ namespace, name }) => {
      seen.push(`${namespace}/${name}`);
      return Promise.resolve({ desired: 1, observed: true, marker: 'forced', pods: [pod('litellm-new', true)] });
    };
    const deps = { ...world.deps, workloads: { ...world.deps.workloads, rollout } };
    const input = restartInput({ rotation: ROTATION, target: 'pending' });
    const workloads = JSON.parse('[{"kind":"Deployment","name":"litellm","secrets":[]}]') as typeof ROTATION.workloads;
    const asked = { ...input, restart: { ...input.restart, workloads } };
    const done = await inActivity(() => restart(deps, asked, clockOf(world, BUDGET_MS)));
    expect(seen).toEqual(['ai-system/litellm']);
    expect(done.workloads).toMatchObject([{ namespace: 'ai-system', name: 'litellm' }]);
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

describe('a restart that takes its time', () => {
  const SECOND_MS = 1_000;

  /** One old pod after the other is replaced by a new one, at these seconds. @returns when the restart ended. */
  async function replacedAt(world: TestCluster, seconds: readonly number[]): ReturnType<typeof restart> {
    const rotation: Rotation = {
      ...ROTATION,
      workloads: [{ kind: 'StatefulSet', namespace: 'ai-system', name: 'litellm', secrets: ROTATION.secrets }],
    };
    await stage(world.deps, stageInput({ rotation, owner: { workflowId: 'w', runId: 'r' } }));
    await publish(world.deps, publishInput({ rotation, target: 'pending' }));
    const rollout = () => {
      const done = seconds.filter((second) => world.time >= second * SECOND_MS).length;
      const pods = seconds.map((_, n) => ({ ...pod(`litellm-${n}`, n < done), ready: true, ending: false }));
      return Promise.resolve({ desired: seconds.length, observed: true, marker: 'forced' as const, pods });
    };
    const deps = { ...world.deps, workloads: { ...world.deps.workloads, rollout } };
    return inActivity(() => restart(deps, restartInput({ rotation, target: 'pending' }), clockOf(world, BUDGET_MS)));
  }

  it('goes on while one pod after the other becomes ready, far beyond the time of one', async () => {
    const world = new TestCluster();
    const { workloads } = await replacedAt(world, [100, 200, 300, 400, 500, 600]);
    expect(workloads[0]?.pods).toHaveLength(6);
    expect(world.time).toBe(600 * SECOND_MS);
  });

  it('fails when the time of one pod is spent since the last', async () => {
    const world = new TestCluster();
    await expect(replacedAt(world, [100, 200, 350])).rejects.toMatchObject({
      type: 'RolloutIncomplete',
      message: expect.stringContaining('2 of 3 new pods ready, 1 old left') as string,
    });
    expect(world.time).toBe(320 * SECOND_MS);
  });
});

describe('a restart that has to delete an old pod itself', () => {
  const OLD: PodFacts = { ...pod('litellm-0', false), uid: 'of-the-old-one', ending: false };

  async function restartSet(mayDelete: boolean): Promise<{ result: ReturnType<typeof restart>; deleted: unknown[] }> {
    const world = new TestCluster();
    const rotation: Rotation = {
      ...ROTATION,
      workloads: [{ kind: 'StatefulSet', namespace: 'ai-system', name: 'litellm', secrets: ROTATION.secrets }],
    };
    await stage(world.deps, stageInput({ rotation, owner: { workflowId: 'w', runId: 'r' } }));
    await publish(world.deps, publishInput({ rotation, target: 'pending' }));
    const deleted: unknown[] = [];
    const workloads = {
      ...world.deps.workloads,
      rollout: () =>
        Promise.resolve({
          desired: 1,
          observed: true,
          marker: 'forced' as const,
          replaces: 'unready in order' as const,
          pods: [deleted.length > 0 ? pod('litellm-0', true) : OLD],
        }),
      deletePod: (namespace: string, { name, uid }: Pick<PodFacts, 'name' | 'uid'>) => {
        if (mayDelete) deleted.push({ namespace, name, uid });
        return Promise.resolve(mayDelete);
      },
    };
    const deps = { ...world.deps, workloads };
    const clock = clockOf(world, BUDGET_MS);
    const result = inActivity(() => restart(deps, restartInput({ rotation, target: 'pending' }), clock));
    return { result, deleted };
  }

  it('deletes that pod alone, and is done when it is back', async () => {
    const { result, deleted } = await restartSet(true);
    await expect(result).resolves.toMatchObject({ workloads: [{ pods: ['litellm-0'] }] });
    expect(deleted).toEqual([{ namespace: 'ai-system', name: 'litellm-0', uid: 'of-the-old-one' }]);
  });

  it('fails with the right that it lacks', async () => {
    const { result } = await restartSet(false);
    await expect(result).rejects.toMatchObject({
      type: 'KubernetesForbidden',
      message: expect.stringContaining('the right to delete pods') as string,
    });
  });
});

describe('a restart of a workload that was not well before', () => {
  it('says how many pods were ready, and waits for more only a while', async () => {
    const world = new TestCluster();
    const workload = { kind: 'Deployment', namespace: 'ai-system', name: 'litellm', readyBefore: 0 } as const;
    const rotation: Rotation = { ...ROTATION, workloads: [{ ...workload, secrets: ROTATION.secrets }] };
    await stage(world.deps, stageInput({ rotation, owner: { workflowId: 'w', runId: 'r' } }));
    await publish(world.deps, publishInput({ rotation, target: 'pending' }));
    const crashing = { ...pod('litellm-new', true), ready: false, trouble: 'CrashLoopBackOff', restarts: 9 };
    const rollout = () =>
      Promise.resolve({ desired: 2, observed: true, marker: 'reloader' as const, pods: [crashing] });
    const deps = { ...world.deps, workloads: { ...world.deps.workloads, rollout } };
    const clock = clockOf(world, BUDGET_MS);
    const restarted = inActivity(() => restart(deps, restartInput({ rotation, target: 'pending' }), clock));
    await expect(restarted).resolves.toMatchObject({ workloads: [{ pods: [], before: { ready: 0, of: 2 } }] });
    expect(world.time).toBe(BASELINE_SECONDS * 1_000);
  });
});
