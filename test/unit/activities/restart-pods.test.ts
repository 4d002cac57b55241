import { readSituation } from '../../../src/activities/gather/situation.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { restart } from '../../harness/activities/kept-steps.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { toReader } from '../../../src/domain/preflight/index.ts';
import type { Rotation } from '../../../src/domain/rotation/rotation.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { publishInput, restartInput, stageInput } from '../../harness/activities/step-inputs.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { LITELLM } from '../../harness/examples.ts';
import { ROTATION } from '../../harness/rotation-input.ts';

const BUDGET_MS = 120_000;
const { namespace: NAMESPACE, secret: SECRET } = LITELLM;
const ETL = { kind: 'Workflow', namespace: NAMESPACE, name: 'etl' };
const COMPONENT = { ...LITELLM, restartPods: [ETL] };

/** An owner of a kind that nobody knows, which makes its pods again where it can. */
class Operator {
  /** The names of its pods that were deleted, in order. */
  readonly deleted: string[] = [];
  /** The fewest pods that were there at once. */
  fewest = 2;
  #made = 0;

  constructor(
    private readonly world: TestCluster,
    makesAgain: boolean,
  ) {
    for (let count = 0; count < 2; count += 1) this.#create();
    const { workloads } = world.deps;
    const deletePod = workloads.deletePod.bind(workloads);
    workloads.deletePod = async (namespace, pod) => {
      this.deleted.push(pod.name);
      const done = await deletePod(namespace, pod);
      this.fewest = Math.min(this.fewest, this.pods().length);
      if (makesAgain) this.#create();
      return done;
    };
  }

  pods(): readonly string[] {
    return this.world.store.list('pods', { namespace: NAMESPACE }).flatMap(({ metadata }) => {
      const { name = '', deletionTimestamp, ownerReferences = [] } = metadata ?? {};
      return ownerReferences.some(({ kind }) => kind === ETL.kind) && deletionTimestamp === undefined ? [name] : [];
    });
  }

  #create(): void {
    this.#made += 1;
    const name = `etl-${this.#made}`;
    const owner = { apiVersion: 'argoproj.io/v1alpha1', ...ETL, uid: 'uid-of-etl', controller: true };
    const env = [{ name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: SECRET, key: 'uri' } } }];
    this.world.store.create('pods', {
      metadata: { namespace: NAMESPACE, name, ownerReferences: [owner] },
      spec: { containers: [{ name: 'main', env }] },
    });
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    const at = { namespace: NAMESPACE, name };
    this.world.store.patch('pods', at, { type: 'merge', body: { status } }, { subresource: 'status' });
  }
}

/** As preflight finds them and the restart step restarts them. */
async function restartOf(world: TestCluster): ReturnType<typeof restart> {
  const { facts } = await readSituation(world.deps, COMPONENT);
  const workloads = facts.podOwners.map((owner) => toReader(COMPONENT, false, owner));
  expect(workloads).toEqual([{ ...ETL, secrets: [SECRET], replacedPods: 2 }]);
  const rotation: Rotation = { ...ROTATION, component: COMPONENT, workloads };
  await stage(world.deps, stageInput({ rotation, owner: { workflowId: 'w', runId: 'r' } }));
  world.time = 5_000;
  await publish(world.deps, publishInput({ rotation, target: 'pending' }));
  world.time = 10_000;
  const step = restartInput({ rotation, target: 'pending' });
  const restarted = await inActivity(() => restart(world.deps, step, clockOf(world, BUDGET_MS)));
  // A second run finds new pods.
  expect(await inActivity(() => restart(world.deps, step, clockOf(world, BUDGET_MS)))).toEqual(restarted);
  return restarted;
}

describe('the pods of an owner that the catalogue has restarted', () => {
  it('are deleted one by one, and are new and ready in the end', async () => {
    const world = new TestCluster();
    const operator = new Operator(world, true);
    const { workloads } = await restartOf(world);
    expect(workloads).toMatchObject([{ ...ETL, by: 'forced', pods: ['etl-3', 'etl-4'] }]);
    expect(operator.deleted).toEqual(['etl-1', 'etl-2']);
    expect(operator.pods()).toEqual(['etl-3', 'etl-4']);
    expect(operator.fewest).toBe(1);
  });

  it('are not deleted further where the owner does not make the first one again', async () => {
    const world = new TestCluster();
    const operator = new Operator(world, false);
    await expect(restartOf(world)).rejects.toMatchObject({
      type: 'RolloutIncomplete',
      message: expect.stringContaining('Workflow ai-system/etl did not finish its rollout') as string,
    });
    expect(operator.deleted).toEqual(['etl-1']);
  });
});
