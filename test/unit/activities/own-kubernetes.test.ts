import { createActivities, createAdoptionActivities } from '../../../src/activities/index.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { KUBERNETES } from '../../harness/examples.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { ROTATION } from '../../harness/rotation-input.ts';
import { stageInput } from '../../harness/activities/step-inputs.ts';

const OTHER = { uid: 'kube-2', server: 'https://other.example:6443' };
const STEP = { rotation: ROTATION, change: { step: 'publish' } } as const;
const SECOND_LOOK = { component: 'litellm', kubernetes: KUBERNETES };

function elsewhere(): {
  readonly world: TestCluster;
  readonly steps: Readonly<Record<string, (input: never) => Promise<unknown>>>;
} {
  const world = new TestCluster();
  const deps = { ...world.deps, kubernetes: () => Promise.resolve(OTHER) };
  return { world, steps: { ...createActivities(deps), ...createAdoptionActivities(deps) } };
}

describe('a worker of another Kubernetes cluster', () => {
  it.each<readonly [string, object, boolean]>([
    ['preflight', SECOND_LOOK, true],
    ['stage', { rotation: ROTATION, owner: { workflowId: 'w', runId: 'r' } }, true],
    ['hook', { rotation: ROTATION, action: 'rotate' }, true],
    ['splitSecrets', { rotation: ROTATION }, true],
    ['generate', STEP, false],
    ['publish', STEP, false],
    ['publishThroughGit', STEP, false],
    ['sync', STEP, false],
    ['emergencyAlterUser', STEP, false],
    ['restart', { ...STEP, restart: { workloads: [] } }, false],
    ['reassign', STEP, false],
    ['drain', STEP, false],
    ['verify', STEP, false],
    ['watch', STEP, false],
    ['finish', { rotation: ROTATION, outcome: 'rotated' }, false],
    ['diagnose', SECOND_LOOK, false],
    ['declareRoles', { rotation: ROTATION }, false],
    ['withdrawRoles', { rotation: ROTATION }, false],
  ])('refuses %s, for good as long as nothing is written: %#', async (name, input, final) => {
    const { world, steps } = elsewhere();
    await expect(inActivity(() => steps[name]?.(input as never) ?? Promise.resolve())).rejects.toMatchObject({
      type: 'AnotherKubernetes',
      nonRetryable: final,
      message: expect.stringMatching(
        /connected to Kubernetes cluster kube-2 \(https:\/\/other.example:6443\), and the rotation is of cluster kube-1 .*CNPG_ROTATOR_TASK_QUEUE/,
      ) as string,
    });
    expect(world.writes).toEqual([]);
  });

  it('refuses every step that there is, and takes the first look', async () => {
    const { steps } = elsewhere();
    expect(Object.keys(steps).sort()).toEqual(
      [
        'declareRoles',
        'diagnose',
        'drain',
        'emergencyAlterUser',
        'finish',
        'followCopies',
        'generate',
        'hook',
        'preflight',
        'preflightAdoption',
        'publish',
        'publishThroughGit',
        'reassign',
        'restart',
        'splitSecrets',
        'stage',
        'sync',
        'verify',
        'waitForJobs',
        'watch',
        'withdrawRoles',
      ].sort(),
    );
    await expect(
      inActivity(() => steps['preflight']?.({ component: 'litellm' } as never) ?? Promise.resolve()),
    ).resolves.toMatchObject({ kubernetes: OTHER });
  });
});

it('a worker of the same cluster takes the step, by whatever name it reaches the API server', async () => {
  const world = new TestCluster();
  const deps = { ...world.deps, kubernetes: () => Promise.resolve({ uid: KUBERNETES.uid }) };
  await inActivity(() =>
    createActivities(deps).stage(stageInput({ rotation: ROTATION, owner: { workflowId: 'w', runId: 'run-1' } })),
  );
  expect(world.writes).toEqual(['create litellm-db-secret-rotation']);
});
