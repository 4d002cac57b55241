import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { restart } from '../../../src/activities/steps/restart.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { sync } from '../../../src/activities/steps/sync.ts';
import { verify } from '../../../src/activities/steps/verify.ts';
import type { ProvenOn, PublishResult } from '../../../src/activities/types/index.ts';
import type { ClusterState } from '../../../src/domain/cluster.ts';
import type { Rotation } from '../../../src/domain/rotation/rotation.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import {
  publishInput,
  restartInput,
  stageInput,
  syncInput,
  verifyInput,
} from '../../harness/activities/step-inputs.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { HEALTHY_CLUSTER, LITELLM } from '../../harness/examples.ts';
import { ROTATION } from '../../harness/rotation-input.ts';

const BUDGET_MS = 15_000;
const AT = '2026-11-24T08:00:00.000Z';
const [FIRST, SECOND] = ['litellm-postgresql-1', 'litellm-postgresql-2'];
const PROVEN: ProvenOn = { primary: FIRST, login: { role: 'litellm', password: 'pending' } };
const WITH_A_WORKLOAD: Rotation = {
  ...ROTATION,
  workloads: [{ kind: 'Deployment', namespace: 'ai-system', name: 'litellm', secrets: [] }],
};

const on = (currentPrimary: string, more: Partial<ClusterState> = {}): ClusterState => ({
  ...HEALTHY_CLUSTER,
  currentPrimary,
  targetPrimary: currentPrimary,
  ...more,
});

/** How CNPG comes to know the Secret of the login. */
const LOGINS: readonly (readonly [string, (version: string) => Partial<ClusterState>])[] = [
  ['a managed role', (version) => ({ appliedSecretVersions: { litellm: version } })],
  [
    'a DatabaseRole',
    (version) => ({
      managedRoles: HEALTHY_CLUSTER.managedRoles.map((role) => ({ ...role, declaredBy: 'DatabaseRole litellm' })),
      appliedSecretVersions: { litellm: version },
    }),
  ],
  [
    'the owner by bootstrap',
    () => ({
      managedRoles: [],
      applicationOwner: { role: 'litellm', secret: LITELLM.secret, bootstrap: 'initdb' },
    }),
  ],
];

async function published(): Promise<{ world: TestCluster; result: PublishResult; old: string; pending: string }> {
  const world = new TestCluster();
  const old = world.text(LITELLM.secret, 'password');
  await stage(world.deps, stageInput({ rotation: ROTATION, owner: { workflowId: 'w', runId: 'r' } }));
  const result = await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
  const pending = world.text(LITELLM.secret, 'password');
  world.accepted = pending;
  return { world, result, old, pending };
}

/** After so many logins something happens to the Cluster. */
function afterLogins({ deps }: TestCluster, count: number, happen: () => void): Dependencies {
  let made = 0;
  return {
    ...deps,
    login: async (...call) => {
      const answer = await deps.login(...call);
      made += 1;
      if (made === count) happen();
      return answer;
    },
  };
}

const endOf = (proven?: ProvenOn) => ({
  ...verifyInput({
    rotation: ROTATION,
    target: 'pending',
    publishedAt: AT,
    appliedAt: AT,
    pods: [],
    endingPods: [],
    clients: [],
    ownAddresses: [],
    endOldSessions: false,
  }),
  ...(proven && { proven }),
});

describe.each(LOGINS)('the password of %s, and a primary that changes', (_, state) => {
  it('in sync: logins on the old primary prove nothing, and the new primary is asked', async () => {
    const { world, result } = await published();
    const version = result.secrets[0]?.resourceVersion ?? '';
    world.cluster = on(FIRST, state(version));
    const deps = afterLogins(world, 2, () => (world.cluster = on(SECOND, state(version))));
    const input = syncInput({ rotation: ROTATION, target: 'pending', published: result });
    await expect(inActivity(() => sync(deps, input, clockOf(world, BUDGET_MS)))).resolves.toMatchObject({
      proven: true,
      primary: SECOND,
    });
  });

  it('in sync: a new primary without the password is no proof, whatever the status says', async () => {
    const { world, result, old } = await published();
    const version = result.secrets[0]?.resourceVersion ?? '';
    world.cluster = on(FIRST, state(version));
    const deps = afterLogins(world, 2, () => {
      world.cluster = on(SECOND, state(version));
      world.accepted = old;
    });
    const input = syncInput({ rotation: ROTATION, target: 'pending', published: result });
    await expect(inActivity(() => sync(deps, input, clockOf(world, BUDGET_MS)))).resolves.toMatchObject({
      proven: false,
      because: expect.stringContaining('PostgreSQL refuses the password that the Secret holds') as string,
    });
  });
});

describe('a primary that changed after the proof', () => {
  it('in verify: the loss is told when CNPG had its time to set the password again', async () => {
    const { world, old } = await published();
    world.cluster = on(SECOND);
    world.accepted = old;
    await expect(inActivity(() => verify(world.deps, endOf(PROVEN), clockOf(world, BUDGET_MS)))).resolves.toEqual({
      lost: {
        primary: SECOND,
        before: FIRST,
        because: 'PostgreSQL refuses the password that the Secret holds (SQLSTATE 28P01)',
      },
    });
    expect(world.time).toBe(BUDGET_MS);
  });

  it('in verify: a password that CNPG sets again in time is proven', async () => {
    const { world, old, pending } = await published();
    world.cluster = on(SECOND);
    world.accepted = old;
    const deps = afterLogins(world, 4, () => (world.accepted = pending));
    const result = await inActivity(() => verify(deps, endOf(PROVEN), clockOf(world, BUDGET_MS)));
    expect(result).toMatchObject({ refusedWith: '28P01' });
  });

  it.each([
    ['the primary stayed', FIRST, PROVEN],
    ['nobody sets it again', SECOND, undefined],
  ])('in verify: a refused password is a failure where %s', async (__, primary, proven) => {
    const { world, old } = await published();
    world.cluster = on(primary);
    world.accepted = old;
    await expect(inActivity(() => verify(world.deps, endOf(proven), clockOf(world, BUDGET_MS)))).rejects.toMatchObject({
      type: 'NewPasswordRefused',
    });
  });

  it('in verify: a login while the primary changes is a reason to try again', async () => {
    const { world } = await published();
    const deps = afterLogins(world, 2, () => (world.cluster = on(FIRST, { targetPrimary: SECOND })));
    await expect(inActivity(() => verify(deps, endOf(PROVEN), clockOf(world, BUDGET_MS)))).rejects.toMatchObject({
      type: 'DatabaseUnreachable',
      message: `A login proves nothing while the primary of Cluster ai-system/litellm-postgresql is changing from ${FIRST} to ${SECOND}.`,
    });
  });

  it.each([
    ['lost', SECOND, false, { lost: { primary: SECOND } }],
    ['kept', SECOND, true, 'RolloutIncomplete'],
    ['refused by the primary of before', FIRST, false, 'RolloutIncomplete'],
  ])('in restart: pods that do not come up say whether the password is %s', async (__, primary, kept, expected) => {
    const { world, old } = await published();
    world.cluster = on(primary);
    if (!kept) world.accepted = old;
    const rollout = () =>
      Promise.resolve({
        desired: 1,
        observed: true,
        marker: 'reloader' as const,
        timedOutReplicaSet: 'litellm',
        pods: [{ name: 'litellm-new', marked: true, ready: false, ending: false, restarts: 0 }],
      });
    const deps = { ...world.deps, workloads: { ...world.deps.workloads, rollout } };
    const input = { ...restartInput({ rotation: WITH_A_WORKLOAD, target: 'pending' }), proven: PROVEN };
    const restarted = inActivity(() => restart(deps, input, clockOf(world, BUDGET_MS)));
    if (typeof expected === 'string') await expect(restarted).rejects.toMatchObject({ type: expected });
    else await expect(restarted).resolves.toMatchObject(expected);
  });
});
