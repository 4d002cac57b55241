import { publish } from '../../../src/activities/steps/publish.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import type { PublishResult } from '../../../src/activities/types/index.ts';
import type { Rotation } from '../../../src/domain/rotation/rotation.ts';
import type { Target } from '../../../src/domain/steps.ts';
import { ALTERNATING, AlternatingWorld, TURN_ROTATION } from '../../harness/activities/alternating-world.ts';
import { holdNext } from '../../harness/activities/held-request.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { publishInput, stageInput, type Part } from '../../harness/activities/step-inputs.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { LITELLM } from '../../harness/examples.ts';
import { inUri, ROTATION } from '../../harness/rotation-input.ts';

const LIVE = LITELLM.secret;
const ENV = 'litellm-env';
const OLD = 'old-password-0123456789';
const OWNER = { workflowId: 'rotate-litellm', runId: 'run-1' };
const FENCED = 'cnpg-rotator.io/fenced';
const SEVERAL: Rotation = {
  ...ROTATION,
  secrets: [LIVE, ENV],
  places: [...ROTATION.places, { secret: ENV, places: [inUri('DATABASE_URL')] }],
};

async function staged(): Promise<TestCluster> {
  const world = new TestCluster(OLD);
  world.put(ENV, { DATABASE_URL: `postgres://litellm:${OLD}@h/d` });
  await inActivity(() => stage(world.deps, stageInput({ rotation: SEVERAL, owner: OWNER, replayed: [] })));
  return world;
}

const write = ({ deps }: TestCluster, target: Target, rotation = SEVERAL, part?: Part): Promise<PublishResult> =>
  inActivity(() => publish(deps, publishInput({ rotation, target, ...(part && { part }) })));

const orError = (attempt: Promise<unknown>): Promise<unknown> => attempt.catch((error: unknown) => error);

const dataOf = (world: TestCluster) => [LIVE, ENV].map((name) => world.secrets.get(name)?.data);

describe('a write of an attempt that was given up', () => {
  it.each([LIVE, ENV])('of Secret %s does not land after the way back', async (name) => {
    const world = await staged();
    const before = dataOf(world);
    const { sent, land } = holdNext(world.faults, 'PATCH', name);
    const late = orError(write(world, 'pending'));
    await sent;
    await expect(write(world, 'previous')).resolves.toMatchObject({ touched: name === ENV });
    land();
    await expect(late).resolves.toMatchObject({ type: 'Conflict' });
    expect(dataOf(world)).toEqual(before);
  });

  it.each([`${LIVE}-rotation`, LIVE])(
    'does not begin after the way back, when the attempt stood still before its look at Secret %s',
    async (name) => {
      const world = await staged();
      const before = dataOf(world);
      const { sent, land } = holdNext(world.faults, 'GET', name);
      const late = orError(write(world, 'pending'));
      await sent;
      await expect(write(world, 'previous')).resolves.toMatchObject({ touched: false });
      land();
      await expect(late).resolves.toMatchObject({ type: 'StagingLost' });
      expect(dataOf(world)).toEqual(before);
    },
  );

  it('lands before the way back looks, and is then taken back', async () => {
    const world = await staged();
    const before = dataOf(world);
    const { sent, land } = holdNext(world.faults, 'PATCH', ENV);
    const late = orError(write(world, 'pending'));
    await sent;
    land();
    await late;
    await expect(write(world, 'previous')).resolves.toMatchObject({ touched: true });
    expect(dataOf(world)).toEqual(before);
  });

  it('meets the way back between its look and its fence, which then looks again', async () => {
    const world = await staged();
    const before = dataOf(world);
    const forward = holdNext(world.faults, 'PATCH', LIVE);
    const late = orError(write(world, 'pending'));
    await forward.sent;
    const fence = holdNext(world.faults, 'PATCH', LIVE);
    const back = orError(write(world, 'previous'));
    await fence.sent;
    forward.land();
    await late;
    fence.land();
    await expect(back).resolves.toMatchObject({ type: 'Conflict', retryable: true });
    await expect(write(world, 'previous')).resolves.toMatchObject({ touched: true });
    expect(dataOf(world)).toEqual(before);
  });

  it('does not lock the old role out of two after the way back', async () => {
    const world = new AlternatingWorld(OLD);
    await inActivity(() => stage(world.deps, stageInput({ rotation: TURN_ROTATION, owner: OWNER, replayed: [] })));
    for (const part of ['incoming', 'application'] as const) await write(world, 'pending', TURN_ROTATION, part);
    const [{ secret }] = ALTERNATING.alternating.logins;
    const { sent, land } = holdNext(world.faults, 'PATCH', secret);
    const late = orError(write(world, 'pending', TURN_ROTATION, 'outgoing'));
    await sent;
    await expect(write(world, 'previous', TURN_ROTATION, 'incoming')).resolves.toMatchObject({ touched: false });
    land();
    await expect(late).resolves.toMatchObject({ type: 'Conflict' });
    world.settle();
    expect(world.accepts('litellm_a', OLD)).toBe(true);
  });
});

describe('the fence of a Secret that is left alone', () => {
  it('moves its version once, whoever asks again, and changes neither its data nor the time of its change', async () => {
    const world = await staged();
    // An earlier rotation has written it, so the product is the manager of its data.
    const uri = world.text(LIVE, 'uri');
    world.secrets.delete(LIVE);
    const lastWriter = { manager: 'cnpg-rotator', at: '1970-01-01T00:00:00.000Z' };
    world.put(LIVE, { username: 'litellm', password: OLD, uri }, { lastWriter });
    const before = world.secrets.get(LIVE);
    const changedAt = (await world.deps.secrets.find(LITELLM.namespace, LIVE))?.dataChangedAt;
    world.time = 60_000;
    await expect(write(world, 'previous')).resolves.toMatchObject({ touched: false, secrets: [] });
    const fenced = world.secrets.get(LIVE);
    expect(fenced?.annotations[FENCED]).toBe(SEVERAL.id);
    expect(fenced?.resourceVersion).not.toBe(before?.resourceVersion);
    await expect(write(world, 'previous')).resolves.toMatchObject({ touched: false, secrets: [] });
    const again = await world.deps.secrets.find(LITELLM.namespace, LIVE);
    expect(again).toMatchObject({ resourceVersion: fenced?.resourceVersion, data: before?.data });
    expect(again?.dataChangedAt).toEqual(changedAt);
  });

  it('is not on a Secret that somebody has changed since: a late write fails there already', async () => {
    const world = await staged();
    world.put(LIVE, { username: 'litellm', password: 'by-another-hand', uri: 'x' });
    await write(world, 'previous');
    expect(world.secrets.get(LIVE)?.annotations[FENCED]).toBeUndefined();
    expect(world.secrets.get(ENV)?.annotations[FENCED]).toBe(SEVERAL.id);
  });
});
