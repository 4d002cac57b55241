import { drain } from '../../../src/activities/steps/drain.ts';
import { emergencyAlterUser } from '../../../src/activities/steps/emergency-alter-user.ts';
import { preflight } from '../../../src/activities/steps/preflight.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { sync } from '../../../src/activities/steps/sync.ts';
import type { DrainResult, PublishResult, SyncResult } from '../../../src/activities/types/index.ts';
import type { Target } from '../../../src/domain/steps.ts';
import { ALTERED, CLOCK_SCRIPT } from '../../../src/postgres/alter-role.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { GITOPS } from '../../harness/examples.ts';
import { ALTERNATING, AlternatingWorld, TURN_ROTATION } from '../../harness/activities/alternating-world.ts';
import {
  stageInput,
  publishInput,
  syncInput,
  passwordChangeInput,
  drainInput,
  type Part,
} from '../../harness/activities/step-inputs.ts';

const OWNER = { workflowId: 'rotate-litellm', runId: 'run-1' };
const STAGING = `${ALTERNATING.secret}-rotation`;
const OLD = 'old-password-0123456789';

async function staged(): Promise<AlternatingWorld> {
  const world = new AlternatingWorld(OLD);
  await stage(world.deps, stageInput({ rotation: TURN_ROTATION, owner: OWNER }));
  return world;
}

const write = (world: AlternatingWorld, target: Target, part: Part): Promise<PublishResult> =>
  inActivity(() => publish(world.deps, publishInput({ rotation: TURN_ROTATION, target, part })));

/** Waits for CNPG, which does its work at once unless it is away. */
async function proved(world: AlternatingWorld, target: Target, part: Part, cnpg = true): Promise<SyncResult> {
  const published = await write(world, target, part);
  if (cnpg) world.settle();
  const clock = clockOf(world, 60_000);
  return inActivity(() => sync(world.deps, syncInput({ rotation: TURN_ROTATION, target, part, published }), clock));
}

const pending = (world: AlternatingWorld): string => world.text(STAGING, 'after.0.password');

describe('staging for the idle role', () => {
  it('changes user and password of the application together, in every Secret, and keeps both sides', async () => {
    const world = await staged();
    const password = pending(world);
    expect(world.text(STAGING, 'before.0.username')).toBe('litellm_a');
    expect(world.text(STAGING, 'after.0.username')).toBe('litellm_b');
    expect(world.text(STAGING, 'after.0.uri')).toBe(
      `postgresql://litellm_b:${password}@litellm-postgresql-rw:5432/litellm`,
    );
    expect(world.text(STAGING, 'after.1.DB_USER')).toBe('litellm_b');
    expect(world.text(STAGING, 'after.1.DB_PASSWORD')).toBe(password);
    expect(world.writes).toEqual([`create ${STAGING}`]);
  });

  it('keeps verifiers for CNPG, one of which is of a password that is written nowhere', async () => {
    const world = await staged();
    const verifiers = ['after.2.password', 'after.3.password'].map((key) => world.text(STAGING, key));
    for (const verifier of verifiers)
      expect(verifier).toMatch(/^SCRAM-SHA-256\$\d+:[A-Za-z0-9+/]+=*\$[A-Za-z0-9+/]+=*:[A-Za-z0-9+/]+=*$/);
    expect(new Set(verifiers).size).toBe(2);
    expect(world.text(STAGING, 'before.3.password')).toBe(world.text('litellm-a-role', 'password'));
  });

  it('twice makes one password and one verifier of each', async () => {
    const world = await staged();
    const first = { ...world.secrets.get(STAGING)?.data };
    await stage(world.deps, stageInput({ rotation: TURN_ROTATION, owner: OWNER }));
    expect(world.secrets.get(STAGING)?.data).toEqual(first);
  });
});

describe('letting the idle role in', () => {
  it('writes a verifier into its own Secret alone, and proves a login while the active role goes on', async () => {
    const world = await staged();
    await expect(proved(world, 'pending', 'incoming')).resolves.toMatchObject({ proven: true });
    expect(world.writes).toEqual([`create ${STAGING}`, 'change litellm-b-role']);
    expect(world.accepts('litellm_b', pending(world))).toBe(true);
    expect(world.accepts('litellm_a', OLD)).toBe(true);
    expect(world.text(ALTERNATING.secret, 'username')).toBe('litellm_a');
  });

  it('is not proven while CNPG has not set it', async () => {
    const world = await staged();
    await expect(proved(world, 'pending', 'incoming', false)).resolves.toMatchObject({ proven: false });
  });

  it('is no more to be proven when somebody else writes its Secret, which is named', async () => {
    const world = await staged();
    const published = await write(world, 'pending', 'incoming');
    world.put('litellm-b-role', { username: 'litellm_b', password: 'of somebody else' });
    const clock = clockOf(world, 60_000);
    const input = { rotation: TURN_ROTATION, target: 'pending', part: 'incoming', published } as const;
    await expect(inActivity(() => sync(world.deps, syncInput(input), clock))).rejects.toMatchObject({
      type: 'SecretChanged',
      message: expect.stringContaining('Secret ai-system/litellm-b-role was changed by') as string,
    });
  });

  it('by the emergency ALTER USER sends the verifier of the Secret, which CNPG settles on later', async () => {
    const world = await staged();
    await write(world, 'pending', 'incoming');
    let sent = '';
    world.psql = (_component, _pod, stdin) => {
      if (stdin === CLOCK_SCRIPT)
        return Promise.resolve({ succeeded: true, stdout: 'cnpg-rotator: clock 1764390000.5\n', stderr: '' });
      sent = stdin;
      world.settle();
      return Promise.resolve({ succeeded: true, stdout: ALTERED, stderr: '' });
    };
    const input = { rotation: TURN_ROTATION, target: 'pending', part: 'incoming' } as const;
    await inActivity(() => emergencyAlterUser(world.deps, passwordChangeInput(input), clockOf(world, Infinity)));
    expect(sent).toContain(`ALTER ROLE "litellm_b" PASSWORD '${world.text('litellm-b-role', 'password')}'`);
    expect(sent).not.toContain(pending(world));
  });

  it('stops at once when what the role creates would be its own', async () => {
    const world = await staged();
    const { login } = world.deps;
    Object.assign(world.deps, {
      login: async (...call: Parameters<typeof login>) => ({ ...(await login(...call)), actsAs: 'litellm_b' }),
    });
    await expect(proved(world, 'pending', 'incoming')).rejects.toMatchObject({ type: 'RoleActsAsItself' });
  });
});

describe('locking the other role out', () => {
  const switched = async (): Promise<AlternatingWorld> => {
    const world = await staged();
    await proved(world, 'pending', 'incoming');
    await write(world, 'pending', 'application');
    return world;
  };

  it('is proven when its old password is refused and the new role’s login works', async () => {
    const world = await switched();
    expect(world.text('litellm-env', 'DB_USER')).toBe('litellm_b');
    expect(world.accepts('litellm_a', OLD)).toBe(true);
    await expect(proved(world, 'pending', 'outgoing')).resolves.toMatchObject({ proven: true });
    expect([OLD, pending(world)].map((password) => world.accepts('litellm_a', password))).toEqual([false, false]);
    expect(world.accepts('litellm_b', pending(world))).toBe(true);
  });

  it('is undone by the verifier that it had: the old password works again, byte for byte', async () => {
    const world = await switched();
    await proved(world, 'pending', 'outgoing');
    await expect(proved(world, 'previous', 'incoming')).resolves.toMatchObject({ proven: true });
    await write(world, 'previous', 'application');
    await expect(proved(world, 'previous', 'outgoing')).resolves.toMatchObject({ proven: true });
    expect([world.accepts('litellm_a', OLD), world.accepts('litellm_b', pending(world))]).toEqual([true, false]);
    const dataOf = (of: AlternatingWorld) =>
      [ALTERNATING.secret, 'litellm-env'].map((name) => of.secrets.get(name)?.data);
    const after = dataOf(world);
    expect(after).toEqual(dataOf(new AlternatingWorld(OLD)));
  });

  it('has not to be undone when it never began', async () => {
    const world = await switched();
    await expect(write(world, 'previous', 'incoming')).resolves.toMatchObject({ touched: false });
  });

  const drained = (world: AlternatingWorld, endOldSessions: boolean, deadline: number): Promise<DrainResult> => {
    const clock = clockOf(world, deadline);
    return drain(world.deps, drainInput({ rotation: TURN_ROTATION, target: 'pending', endOldSessions }), clock);
  };

  it('comes when its last session is over', async () => {
    const world = await switched();
    world.sessions.set('litellm_a', 2);
    const waiting = drained(world, false, 60_000);
    world.sessions.delete('litellm_a');
    await expect(waiting).resolves.toMatchObject({ role: 'litellm_a', left: 0, ended: 0, clients: [] });
  });

  it('comes after the budget all the same, with the stragglers told', async () => {
    const world = await switched();
    world.sessions.set('litellm_a', 2);
    await expect(drained(world, false, 0)).resolves.toMatchObject({
      role: 'litellm_a',
      left: 2,
      ended: 0,
      clients: ['10.244.0.9'],
    });
  });

  it('ends the stragglers when the budget is over and that was asked for', async () => {
    const world = await switched();
    world.sessions.set('litellm_a', 2);
    await expect(drained(world, true, 0)).resolves.toMatchObject({ role: 'litellm_a', left: 0, ended: 2, clients: [] });
  });

  it('is waited for by looks alone: a session is ended only when the budget is over', async () => {
    const world = await switched();
    world.sessions.set('litellm_a', 2);
    const { sessions } = world.deps;
    const asked: (readonly [number, boolean])[] = [];
    Object.assign(world.deps, {
      sessions: (...call: Parameters<typeof sessions>) => {
        asked.push([world.time, call[2].end]);
        return sessions(...call);
      },
    });
    await expect(drained(world, true, 1_200)).resolves.toMatchObject({ left: 0, ended: 2 });
    expect(asked).toEqual([
      [0, false],
      [500, false],
      [1_000, false],
      [1_200, false],
      [1_200, true],
    ]);
  });

  it('comes after both roles have given what they own to the owner', async () => {
    const world = await switched();
    const asked: string[] = [];
    Object.assign(world.deps, {
      giveBack: (_: unknown, { username }: { username: string }) => {
        asked.push(username);
        return Promise.resolve({ given: username === 'litellm_a' ? ['table public.late'] : [], kept: [] });
      },
    });
    await expect(drained(world, false, 0)).resolves.toMatchObject({
      reassigned: { given: ['table public.late'], objects: 1, kept: [] },
    });
    expect(asked).toEqual(['litellm_a', 'litellm_b']);
  });

  it('counts the sessions as the other role sees them when the old credential is refused already', async () => {
    const world = await switched();
    world.verifiers.set('litellm_a', 'x');
    world.sessions.set('litellm_a', 1);
    await expect(drained(world, true, 0)).resolves.toMatchObject({ left: 1, ended: 0 });
  });
});

describe('preflight of roles that take turns', () => {
  const look = (world: AlternatingWorld): ReturnType<typeof preflight> =>
    inActivity(() => preflight(world.deps, { component: 'litellm' }));

  it('takes the role that the application’s Secret names for the active one, and finds the other Secrets', async () => {
    await expect(look(new AlternatingWorld(OLD))).resolves.toMatchObject({
      turn: { active: { role: 'litellm_a' }, idle: { role: 'litellm_b' } },
      secrets: [ALTERNATING.secret, 'litellm-env'],
      component: { strategy: 'alternating' },
    });
  });

  it('never takes a Secret of CNPG for the application’s, even one with the password itself', async () => {
    const world = new AlternatingWorld(OLD);
    world.put('litellm-a-role', { username: 'litellm_a', password: OLD });
    await expect(look(world)).resolves.toMatchObject({ secrets: [ALTERNATING.secret, 'litellm-env'] });
  });

  it('is asked for by the input where the catalogue says in place', async () => {
    const world = new AlternatingWorld(OLD);
    const deps = { ...world.deps, findComponent: () => ({ ...ALTERNATING, strategy: 'in-place' as const }) };
    const found = inActivity(() => preflight(deps, { component: 'litellm', strategy: 'alternating' }));
    await expect(found).resolves.toMatchObject({ turn: { idle: { role: 'litellm_b' } } });
  });

  it('refuses a source whose templates keep the user’s name', async () => {
    const world = new AlternatingWorld(OLD);
    const gitops = { ...GITOPS, variable: { file: 'cluster.yaml', key: 'litellm_db_password' } };
    const deps = { ...world.deps, findComponent: () => ({ ...ALTERNATING, gitops }) };
    await expect(preflight(deps, { component: 'litellm' })).rejects.toMatchObject({
      type: 'InvalidConfiguration',
      message: expect.stringContaining('variable needs a usernameKey') as string,
    });
  });

  it('refuses names that cannot serve', async () => {
    const world = new AlternatingWorld(OLD);
    const alternating = { ...ALTERNATING.alternating, owner: 'o'.repeat(64) };
    const deps = { ...world.deps, findComponent: () => ({ ...ALTERNATING, alternating }) };
    await expect(preflight(deps, { component: 'litellm' })).rejects.toMatchObject({ type: 'InvalidConfiguration' });
  });
});
