import { finish } from '../../../src/activities/steps/finish.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import type { StageResult } from '../../../src/activities/types/index.ts';
import type { Rotation } from '../../../src/domain/rotation/rotation.ts';
import { holdNext } from '../../harness/activities/held-request.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { finishInput, publishInput, stageInput } from '../../harness/activities/step-inputs.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { LITELLM } from '../../harness/examples.ts';
import { inUri, ROTATION } from '../../harness/rotation-input.ts';

const LIVE = LITELLM.secret;
const ENV = 'litellm-env';
const STAGING = `${LIVE}-rotation`;
const OLD = 'old-password-0123456789';
const FIRST: Rotation = {
  ...ROTATION,
  secrets: [LIVE, ENV],
  places: [...ROTATION.places, { secret: ENV, places: [inUri('DATABASE_URL')] }],
};

/** `litellm-2` of the workflow's run `run-2`. */
const rotation = (number: number): Rotation => ({ ...FIRST, id: `litellm-${number}` });
const owner = (number: number) => ({ workflowId: `rotate-${number}`, runId: `run-${number}` });

const stageAs = (
  world: TestCluster,
  number: number,
  replayed?: readonly string[],
  deps: Dependencies = world.deps,
): Promise<StageResult> =>
  inActivity(() =>
    stage(deps, stageInput({ rotation: rotation(number), owner: owner(number), ...(replayed && { replayed }) })),
  );

const publishAs = (world: TestCluster, number: number) =>
  inActivity(() => publish(world.deps, publishInput({ rotation: rotation(number), target: 'pending' })));

const url = (password: string): string => `postgres://litellm:${password}@h/d`;

/** What still hangs at the end of a test would reach into the next one. */
const hanging: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of hanging.splice(0)) await end();
});

/** The first rotation is staged. */
async function staged(): Promise<TestCluster> {
  const world = new TestCluster(OLD);
  world.put(ENV, { DATABASE_URL: url(OLD), OTHER: 'x' });
  await stageAs(world, 1);
  return world;
}

/** The first rotation has written the main Secret. Its write of the other hangs on the line, and its workflow is over. */
async function interrupted(): Promise<{ world: TestCluster; password: string; late: () => Promise<unknown> }> {
  const world = await staged();
  const { sent, land } = holdNext(world.faults, 'PATCH', ENV);
  const attempt = publishAs(world, 1).catch((error: unknown) => error);
  await sent;
  world.running.clear();
  const late = async (): Promise<unknown> => {
    land();
    return attempt;
  };
  hanging.push(late);
  return { world, password: world.text(LIVE, 'password'), late };
}

/** Every text of every Secret. */
const texts = (world: TestCluster): string =>
  world.secrets
    .keys()
    .flatMap((name) => Object.keys(world.secrets.get(name)?.data ?? {}).map((key) => world.text(name, key)))
    .join('\n');

/** Rotates to the end of `publish`. The old password of two generations ago must be nowhere then. */
async function goesOn(world: TestCluster, number: number): Promise<void> {
  await publishAs(world, number);
  expect(world.text(ENV, 'DATABASE_URL')).toBe(url(world.text(LIVE, 'password')));
  expect(texts(world)).not.toContain(OLD);
}

describe('a rotation that was interrupted between the writes of two Secrets', () => {
  it('is finished by the next one, which goes on from there', async () => {
    const { world, password, late } = await interrupted();
    expect(world.text(ENV, 'DATABASE_URL')).toBe(url(OLD));
    world.running.add('run-2');
    await expect(stageAs(world, 2, [])).resolves.toEqual({
      stagingSecret: STAGING,
      tookOver: { rotation: 'litellm-1', broughtAlong: [ENV], changedSince: [] },
    });
    expect(world.text(ENV, 'DATABASE_URL')).toBe(url(password));
    expect(world.text(ENV, 'OTHER')).toBe('x');
    await expect(late()).resolves.toMatchObject({ type: 'Conflict' });
    await expect(stageAs(world, 2, ['litellm-1'])).resolves.toEqual({ stagingSecret: STAGING });
    expect(world.text(STAGING, 'before.password')).toBe(password);
    await goesOn(world, 2);
  });

  it('is taken back where the main Secret was taken back already', async () => {
    const { world, late } = await interrupted();
    world.running.add('run-1');
    await late();
    await publishAs(world, 1);
    const { sent, land } = holdNext(world.faults, 'PATCH', ENV);
    const back = inActivity(() =>
      publish(world.deps, publishInput({ rotation: rotation(1), target: 'previous' })),
    ).catch(() => undefined);
    hanging.push(() => {
      land();
      return back;
    });
    await sent;
    world.running.clear();
    await expect(stageAs(world, 2, [])).resolves.toMatchObject({ tookOver: { broughtAlong: [ENV] } });
    expect([world.text(LIVE, 'password'), world.text(ENV, 'DATABASE_URL')]).toEqual([OLD, url(OLD)]);
  });

  it('keeps its record until the next one has looked again', async () => {
    const { world, password } = await interrupted();
    await stageAs(world, 2, []);
    expect(world.text(STAGING, 'before.password')).toBe(OLD);
    expect(world.text(STAGING, 'after.password')).toBe(password);
    expect(world.secrets.get(STAGING)?.labels['cnpg-rotator.io/rotation']).toBe('litellm-2');
  });

  it('is told of with the same words when the step is retried', async () => {
    const { world } = await interrupted();
    world.running.add('run-2');
    await expect(stageAs(world, 2, [], failing(world, 3, 'after'))).rejects.toThrow('lost');
    await expect(stageAs(world, 2, [])).resolves.toMatchObject({ tookOver: { broughtAlong: [ENV] } });
    await expect(stageAs(world, 2, [])).resolves.toMatchObject({ tookOver: { broughtAlong: [ENV] } });
  });

  it('is finished in one call for a workflow that began with an earlier version', async () => {
    const { world, password } = await interrupted();
    await expect(stageAs(world, 2)).resolves.toEqual({ stagingSecret: STAGING });
    expect(world.text(STAGING, 'before.password')).toBe(password);
    await goesOn(world, 2);
  });

  it('leaves a Secret alone that somebody has changed since, and tells it', async () => {
    const { world } = await interrupted();
    world.put(ENV, { DATABASE_URL: url('by-another-hand') });
    await expect(stageAs(world, 2, [])).resolves.toMatchObject({
      tookOver: { broughtAlong: [], changedSince: [ENV] },
    });
    expect(world.text(ENV, 'DATABASE_URL')).toBe(url('by-another-hand'));
  });

  it('is not finished where somebody has changed the main Secret since', async () => {
    const { world, late } = await interrupted();
    world.put(LIVE, { username: 'litellm', password: 'by-another-hand', uri: 'x' });
    await expect(stageAs(world, 2, [])).resolves.toMatchObject({
      tookOver: { broughtAlong: [], changedSince: [LIVE] },
    });
    await late();
    expect(world.text(ENV, 'DATABASE_URL')).toBe(url(OLD));
  });
});

/** The n-th write of a Secret fails: before it lands, or when only its answer is lost. */
function failing({ deps }: TestCluster, n: number, when: 'before' | 'after'): Dependencies {
  let writes = 0;
  const { change } = deps.secrets;
  return {
    ...deps,
    secrets: {
      ...deps.secrets,
      change: async (...call) => {
        writes += 1;
        if (writes !== n) return change(...call);
        if (when === 'after') await change(...call);
        throw new Error('the worker is lost');
      },
    },
  };
}

describe('a rotation that takes over and is interrupted itself', () => {
  // claim, fence of the main Secret, the other Secret, note that all is replayed, replacement of the record
  const points = [1, 2, 3, 4, 5].flatMap((n) => (['before', 'after'] as const).map((when) => [when, n] as const));

  it.each(points)('%s its write %i is taken over in its turn', async (when, n) => {
    const { world, password } = await interrupted();
    const dying = failing(world, n, when);
    const second = stageAs(world, 2, [], dying).then(() => stageAs(world, 2, ['litellm-1'], dying));
    await expect(second).rejects.toThrow('lost');
    world.running.add('run-3');
    const { tookOver } = await stageAs(world, 3, []);
    expect(world.text(LIVE, 'password')).toBe(password);
    expect(world.text(ENV, 'DATABASE_URL')).toBe(url(password));
    await stageAs(world, 3, [tookOver?.rotation ?? '']);
    await goesOn(world, 3);
  });
});

describe('two rotations that take over at the same time', () => {
  it('are one that wins and one that is refused', async () => {
    const { world } = await interrupted();
    for (const run of ['run-2', 'run-3']) world.running.add(run);
    const both = await Promise.allSettled([stageAs(world, 2, []), stageAs(world, 3, [])]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = both[0].status === 'fulfilled' ? 2 : 3;
    expect(world.secrets.get(STAGING)?.annotations['cnpg-rotator.io/owner-run-id']).toBe(`run-${winner}`);
    await expect(stageAs(world, winner === 2 ? 3 : 2, [])).rejects.toMatchObject({ type: 'AnotherRotation' });
    await stageAs(world, winner, ['litellm-1']);
    await goesOn(world, winner);
  });
});

describe('the end of a rotation that took over and wrote nothing', () => {
  const end = (world: TestCluster, number: number) =>
    finish(world.deps, finishInput({ rotation: rotation(number), outcome: 'unchanged' }));

  it('removes the record that was replayed', async () => {
    const { world } = await interrupted();
    await stageAs(world, 2, []);
    await expect(end(world, 2)).resolves.toEqual({ staging: 'removed' });
  });

  it('keeps the record that was not', async () => {
    const { world } = await interrupted();
    await expect(stageAs(world, 2, [], failing(world, 3, 'before'))).rejects.toThrow('lost');
    await expect(end(world, 2)).resolves.toEqual({ staging: 'kept' });
    await expect(stageAs(world, 3, [])).resolves.toMatchObject({ tookOver: { broughtAlong: [ENV] } });
  });

  it('keeps its hands off a record that another rotation has taken over meanwhile', async () => {
    const { world } = await interrupted();
    const { sent, land } = holdNext(world.faults, 'DELETE', STAGING);
    const late = end(world, 1).catch((error: unknown) => error);
    await sent;
    await stageAs(world, 2, []);
    land();
    await expect(late).resolves.toMatchObject({ type: 'Conflict' });
    expect(world.text(STAGING, 'before.password')).toBe(OLD);
    await expect(end(world, 1)).resolves.toEqual({ staging: 'of another rotation' });
  });
});

describe('a staging Secret that is created late, when its rotation is over', () => {
  it('is taken over, and there is nothing to bring along', async () => {
    const world = new TestCluster(OLD);
    world.put(ENV, { DATABASE_URL: url(OLD) });
    const { sent, land } = holdNext(world.faults, 'POST', 'secrets');
    const late = stageAs(world, 1);
    await sent;
    await expect(finish(world.deps, finishInput({ rotation: rotation(1), outcome: 'unchanged' }))).resolves.toEqual({
      staging: 'gone',
    });
    world.running.clear();
    land();
    await late;
    await expect(stageAs(world, 2, [])).resolves.toMatchObject({
      tookOver: { rotation: 'litellm-1', broughtAlong: [], changedSince: [] },
    });
    await stageAs(world, 2, ['litellm-1']);
    await publishAs(world, 2);
    expect(world.text(ENV, 'DATABASE_URL')).toBe(url(world.text(LIVE, 'password')));
  });
});
