import { preflight } from '../../../src/activities/steps/preflight.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { publishInput, stageInput } from '../../harness/activities/step-inputs.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { LITELLM } from '../../harness/examples.ts';
import { ROTATION, whole } from '../../harness/rotation-input.ts';

const OLD = 'old-password-0123456789';
const ENV = 'litellm-env';
const COMPONENT = { ...LITELLM, otherSecrets: [{ name: ENV }] };

/** A rotation has written the main Secret and not the other, in which nothing but its record shows the password. */
async function interrupted(): Promise<TestCluster> {
  const world = new TestCluster(OLD);
  world.put(ENV, { DB_PASS: OLD });
  Object.assign(world.deps, { findComponent: () => COMPONENT });
  const places = [...ROTATION.places, { secret: ENV, places: [whole('DB_PASS')] }];
  const rotation = { ...ROTATION, component: COMPONENT, secrets: [LITELLM.secret, ENV], places };
  const owner = { workflowId: 'rotate-litellm', runId: 'run-1' };
  await inActivity(() => stage(world.deps, stageInput({ rotation, owner, replayed: [] })));
  const onlyMain = { ...rotation, secrets: [LITELLM.secret] };
  await inActivity(() => publish(world.deps, publishInput({ rotation: onlyMain, target: 'pending' })));
  world.accepted = world.text(LITELLM.secret, 'password');
  return world;
}

const look = (world: TestCluster) => inActivity(() => preflight(world.deps, { component: 'litellm' }));

describe('preflight, where the lock of an interrupted rotation will be taken over', () => {
  it('judges the Secrets as they are after the replay', async () => {
    const world = await interrupted();
    world.running.clear();
    await expect(look(world)).resolves.toMatchObject({ secrets: [LITELLM.secret, ENV] });
    expect(world.text(ENV, 'DB_PASS')).toBe(OLD);
  });

  it('judges them as they are while the rotation runs', async () => {
    const world = await interrupted();
    await expect(look(world)).rejects.toMatchObject({ type: 'named-secrets-hold-the-password' });
  });
});
