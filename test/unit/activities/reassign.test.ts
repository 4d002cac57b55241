import { readHeld } from '../../../src/activities/gather/held-by-logins.ts';
import { lookAtOwnership } from '../../../src/activities/proof/look-at-ownership.ts';
import { readStaging } from '../../../src/activities/staging/staging.ts';
import { preflight } from '../../../src/activities/steps/preflight.ts';
import { reassign } from '../../../src/activities/steps/reassign.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { Password } from '../../../src/domain/password.ts';
import { alternatingHandover } from '../../../src/domain/rotation/handover.ts';
import { ALTERNATING, AlternatingWorld, TURN_ROTATION } from '../../harness/activities/alternating-world.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { stageInput } from '../../harness/activities/step-inputs.ts';

const OLD = 'old-password-0123456789';

async function staged(): Promise<AlternatingWorld> {
  const world = new AlternatingWorld(OLD);
  await stage(world.deps, stageInput({ rotation: TURN_ROTATION, owner: { workflowId: 'w', runId: 'run-1' } }));
  return world;
}

describe('objects of the login roles', () => {
  const REASSIGN = {
    rotation: TURN_ROTATION,
    reassign:
      alternatingHandover({ ...TURN_ROTATION, reassigns: true }, TURN_ROTATION.turn ?? never(), 'pending').reassign ??
      never(),
  };
  const HELD = {
    role: 'litellm_a',
    database: 'litellm',
    kind: 'table',
    objects: 1,
    names: ['public.orders'],
    statements: [],
  };
  const holds = (world: AlternatingWorld, returnable: boolean, unseen: readonly string[] = []) =>
    Object.assign(world.deps, {
      heldByLogins: () => Promise.resolve({ serverVersion: 180_004, held: [{ ...HELD, returnable }], unseen }),
    });

  it('are given to the owner again and again while somebody uses them', async () => {
    const world = await staged();
    let busy = 2;
    Object.assign(world.deps, {
      giveBack: (_: unknown, { username }: { username: string }) =>
        Promise.resolve(
          username === 'litellm_a' && (busy -= 1) < 0
            ? { given: ['table public.orders'], kept: [] }
            : { given: [], kept: username === 'litellm_a' ? ['table public.orders (SQLSTATE 55P03)'] : [] },
        ),
    });
    await expect(reassign(world.deps, REASSIGN, clockOf(world, 30_000))).resolves.toEqual({
      given: ['table public.orders'],
      objects: 1,
    });
  });

  it('are given for longer than the budget where there are so many, as long as some are', async () => {
    const world = await staged();
    let left = 50;
    Object.assign(world.deps, {
      giveBack: (_: unknown, { username }: { username: string }) => {
        if (username !== 'litellm_a') return Promise.resolve({ given: [], kept: [] });
        // Each round takes most of the budget.
        world.time += 20_000;
        left -= 10;
        return Promise.resolve({ given: [`table public.t${left}`], kept: [], untried: left });
      },
    });
    await expect(reassign(world.deps, REASSIGN, clockOf(world, 30_000))).resolves.toMatchObject({ objects: 5 });
  });

  it('stop the rotation where they cannot be given for the whole budget', async () => {
    const world = await staged();
    Object.assign(world.deps, { giveBack: () => Promise.resolve({ given: [], kept: ['view v (SQLSTATE 55P03)'] }) });
    await expect(reassign(world.deps, REASSIGN, clockOf(world, 1_000))).rejects.toMatchObject({
      type: 'ObjectsKept',
      message: expect.stringContaining('view v (SQLSTATE 55P03)') as string,
    });
  });

  it('make preflight plan the step, or refuse', async () => {
    const world = new AlternatingWorld(OLD);
    const look = () => inActivity(() => preflight(world.deps, { component: 'litellm' }));
    await expect(look()).resolves.not.toHaveProperty('reassigns');
    holds(world, true);
    await expect(look()).resolves.toMatchObject({ reassigns: true });
    holds(world, false);
    await expect(look()).rejects.toMatchObject({ type: 'login-roles-own-nothing' });
  });

  it('are looked for as the superuser only where the role does not see everything, and the right is there', async () => {
    const world = new AlternatingWorld(OLD);
    const scripts: string[] = [];
    world.psql = (_component, _pod, script) => {
      scripts.push(script);
      const stdout = `{"serverVersion":180004,"held":[]}\n{"held":[${JSON.stringify({ ...HELD, returnable: false })}]}\n`;
      return Promise.resolve({ succeeded: true, stdout, stderr: '' });
    };
    const look = () => readHeld(world.deps, ALTERNATING, { username: 'litellm_a', password: Password.of(OLD) });
    await expect(look()).resolves.toMatchObject({ held: [] });
    expect(scripts).toEqual([]);
    holds(world, true, ['the jobs of pg_cron']);
    await expect(look()).resolves.toMatchObject({ held: [{ returnable: false }], unseen: [] });
    expect(scripts).toHaveLength(1);
    Object.assign(world.deps, { rights: { missing: (rights: unknown) => Promise.resolve(rights) } });
    await expect(look()).resolves.toMatchObject({ held: [{ returnable: true }], unseen: ['the jobs of pg_cron'] });
    expect(scripts).toHaveLength(1);
  });

  it('are told after the turn, with the command', async () => {
    const world = await staged();
    holds(world, false);
    const { end } = alternatingHandover(TURN_ROTATION, TURN_ROTATION.turn ?? never(), 'pending');
    const staging = await readStaging(world.deps, TURN_ROTATION);
    await expect(lookAtOwnership(world.deps, { rotation: TURN_ROTATION, end }, staging)).resolves.toEqual([
      expect.stringMatching(/"litellm_a" has table public.orders.*REASSIGN OWNED BY/),
    ]);
  });
});

function never(): never {
  throw new Error('The example has a turn.');
}
