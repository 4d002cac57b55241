import { followCopies } from '../../../src/activities/steps/follow-copies.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { publishInput, stageInput } from '../../harness/activities/step-inputs.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { LITELLM } from '../../harness/examples.ts';
import { inUri, ROTATION } from '../../harness/rotation-input.ts';

const COPY = 'litellm-copy';
const OWNER = { workflowId: 'rotate-litellm', runId: 'run-1' };
const WITH_COPY = {
  ...ROTATION,
  secrets: [...ROTATION.secrets, COPY],
  copies: [COPY],
  places: [...ROTATION.places, { secret: COPY, places: [inUri('uri')] }],
};
const uriOf = (password: string): string => `postgresql://litellm:${password}@litellm-postgresql-rw:5432/litellm`;

async function published(): Promise<TestCluster> {
  const world = new TestCluster();
  world.put(COPY, { uri: uriOf('old-password-0123456789') });
  await stage(world.deps, stageInput({ rotation: WITH_COPY, owner: OWNER }));
  await publish(world.deps, publishInput({ rotation: WITH_COPY, target: 'pending' }));
  return world;
}

function follow(world: TestCluster, budgetSeconds: number): Promise<void> {
  const clock = clockOf(world, budgetSeconds * 1_000);
  return inActivity(() => followCopies(world.deps, publishInput({ rotation: WITH_COPY, target: 'pending' }), clock));
}

describe('a Secret that somebody else copies', () => {
  it('is not written by the rotation', async () => {
    const world = await published();
    expect(world.writes).toContain(`change ${LITELLM.secret}`);
    expect(world.writes).not.toContain(`change ${COPY}`);
  });

  it('is waited for until it has the new password', async () => {
    const world = await published();
    world.put(COPY, { uri: uriOf(world.text(LITELLM.secret, 'password')) });
    await expect(follow(world, 60)).resolves.toBeUndefined();
  });

  it('is named where it does not follow in time', async () => {
    await expect(follow(await published(), 0)).rejects.toMatchObject({
      type: 'CopyNotFollowed',
      message: expect.stringContaining(`Secret ${LITELLM.namespace}/${COPY} did not get the value`) as string,
    });
  });
});
