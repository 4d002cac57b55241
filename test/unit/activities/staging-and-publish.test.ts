import { finish } from '../../../src/activities/steps/finish.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { LITELLM } from '../../harness/examples.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { inUri, ROTATION } from '../../harness/rotation-input.ts';
import { stageInput, publishInput, finishInput } from '../../harness/activities/step-inputs.ts';

const OWNER = { workflowId: 'rotate-litellm', runId: 'run-1' };
const LIVE = LITELLM.secret;
const STAGING = `${LIVE}-rotation`;
const OLD = 'old-password-0123456789';

async function staged(): Promise<TestCluster> {
  const world = new TestCluster(OLD);
  await stage(world.deps, stageInput({ rotation: ROTATION, owner: OWNER }));
  return world;
}

describe('staging', () => {
  it('keeps every changed key before and after, and leaves the live Secret alone', async () => {
    const world = await staged();
    expect(world.writes).toEqual([`create ${STAGING}`]);
    const pending = world.text(STAGING, 'after.0.password');
    expect(pending).toMatch(/^[A-Za-z0-9_-]{40}$/);
    expect(world.text(STAGING, 'before.0.password')).toBe(OLD);
    expect(world.text(STAGING, 'after.0.uri')).toBe(
      `postgresql://litellm:${pending}@litellm-postgresql-rw:5432/litellm`,
    );
    expect(Object.keys(world.secrets.get(STAGING)?.data ?? {}).sort()).toEqual([
      'after.0.password',
      'after.0.uri',
      'after.password',
      'before.0.password',
      'before.0.uri',
      'before.password',
    ]);
  });

  it('makes the password by the rule of the catalogue, also within a URI', async () => {
    const world = new TestCluster(OLD);
    const component = { ...LITELLM, password: { length: 64, alphabet: '0123456789abcdef' } };
    await stage(world.deps, stageInput({ rotation: { ...ROTATION, component }, owner: OWNER }));
    const pending = world.text(STAGING, 'after.0.password');
    expect(pending).toMatch(/^[a-f][0-9a-f]{63}$/);
    expect(world.text(STAGING, 'after.0.uri')).toContain(`:${pending}@`);
  });

  it('twice generates one password', async () => {
    const world = await staged();
    const first = world.text(STAGING, 'after.0.password');
    await stage(world.deps, stageInput({ rotation: ROTATION, owner: OWNER }));
    expect(world.text(STAGING, 'after.0.password')).toBe(first);
    expect(world.writes).toHaveLength(1);
  });

  it('refuses while another rotation holds it, and names that one', async () => {
    const world = await staged();
    const other = stage(
      world.deps,
      stageInput({
        rotation: { ...ROTATION, id: 'litellm-2' },
        owner: { workflowId: 'w2', runId: 'r2' },
      }),
    );
    await expect(other).rejects.toMatchObject({
      type: 'AnotherRotation',
      message: expect.stringContaining('rotate-litellm') as string,
    });
  });

  const SECOND = { rotation: { ...ROTATION, id: 'litellm-2' }, owner: { workflowId: 'w2', runId: 'run-2' } };
  const NEEDS_ATTENTION = {
    type: 'AnotherRotation',
    message: expect.stringContaining('needing attention') as string,
  };

  it('takes over from a rotation whose workflow runs no more', async () => {
    const world = await staged();
    const first = world.text(STAGING, 'after.0.password');
    world.running.clear();
    await inActivity(() => stage(world.deps, stageInput(SECOND)));
    expect(world.secrets.get(STAGING)?.labels['cnpg-rotator.io/rotation']).toBe('litellm-2');
    expect(world.text(STAGING, 'after.0.password') === first).toBe(false);
  });

  it('takes over after the dead one has published, and goes on from what is live', async () => {
    const world = await staged();
    await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
    world.running.clear();
    await inActivity(() => stage(world.deps, stageInput(SECOND)));
    expect(world.text(STAGING, 'before.0.password')).toBe(world.text(LIVE, 'password'));
  });

  it('does not take over what was left for somebody to look at', async () => {
    const world = await staged();
    await finish(world.deps, finishInput({ rotation: ROTATION, outcome: 'needs-attention' }));
    world.running.clear();
    await expect(stage(world.deps, stageInput(SECOND))).rejects.toMatchObject(NEEDS_ATTENTION);
  });

  it('does not take over from a rotation that ended needing attention and could not mark its Secret', async () => {
    const world = await staged();
    world.running.clear();
    world.needingAttention.add('run-1');
    await expect(stage(world.deps, stageInput(SECOND))).rejects.toMatchObject(NEEDS_ATTENTION);
  });

  it('is marked again when somebody changes it at the same moment', async () => {
    const world = await staged();
    const deps = { ...world.deps, secrets: { ...world.deps.secrets, change: () => Promise.resolve(undefined) } };
    await expect(finish(deps, finishInput({ rotation: ROTATION, outcome: 'needs-attention' }))).rejects.toMatchObject({
      type: 'Conflict',
      retryable: true,
    });
  });

  it('does not take another Temporal server’s rotation for dead', async () => {
    const world = await staged();
    world.running.clear();
    const elsewhere = { ...world.deps, temporalIdentity: () => Promise.resolve('other/default') };
    await expect(stage(elsewhere, stageInput(SECOND))).rejects.toMatchObject({
      type: 'AnotherRotation',
      message: expect.stringContaining('another Temporal server') as string,
    });
  });

  it('refuses when a Secret lost the password since preflight', async () => {
    const world = new TestCluster(OLD);
    world.put('litellm-env', { DATABASE_URL: 'postgres://litellm:something-else@h/d' });
    const places = [...ROTATION.places, { secret: 'litellm-env', places: [inUri('DATABASE_URL')] }];
    const rotation = { ...ROTATION, secrets: [LIVE, 'litellm-env'], places };
    await expect(stage(world.deps, stageInput({ rotation, owner: OWNER }))).rejects.toMatchObject({
      type: 'SecretChanged',
      message: expect.stringContaining('litellm-env is not as it was in preflight') as string,
    });
    expect(world.writes).toEqual([]);
  });

  it('gives way to whoever was quicker between the look and the write', async () => {
    const world = new TestCluster(OLD);
    const { find } = world.deps.secrets;
    let looks = 0;
    const racing = {
      ...world.deps,
      secrets: {
        ...world.deps.secrets,
        find: async (namespace: string, name: string) => {
          looks += 1;
          if (looks === 2)
            await stage(world.deps, stageInput({ rotation: { ...ROTATION, id: 'quicker' }, owner: OWNER }));
          return find(namespace, name);
        },
      },
    };
    await expect(stage(racing, stageInput({ rotation: ROTATION, owner: OWNER }))).rejects.toMatchObject({
      type: 'AnotherRotation',
    });
  });
});

describe('publishing', () => {
  it('changes the password and the URI in one write, and no other key', async () => {
    const world = await staged();
    const result = await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
    expect(result).toEqual({
      startedAt: '1970-01-01T00:00:00.000Z',
      touched: true,
      secrets: [
        { name: LIVE, resourceVersion: world.secrets.get(LIVE)?.resourceVersion, changedKeys: ['password', 'uri'] },
      ],
      clients: [],
    });
    expect(world.text(LIVE, 'password')).toBe(world.text(STAGING, 'after.0.password'));
    expect(world.text(LIVE, 'uri')).toBe(world.text(STAGING, 'after.0.uri'));
    expect(world.text(LIVE, 'username')).toBe('litellm');
    expect(world.writes.filter((write) => write.startsWith('change'))).toHaveLength(1);
  });

  it('twice writes once', async () => {
    const world = await staged();
    const first = await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
    const second = await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
    expect(second).toEqual(first);
  });

  it('and going back restores every byte', async () => {
    const world = await staged();
    const before = world.secrets.get(LIVE)?.data;
    await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
    const back = await publish(world.deps, publishInput({ rotation: ROTATION, target: 'previous' }));
    expect(back.touched).toBe(true);
    expect(world.secrets.get(LIVE)?.data).toEqual(before);
  });

  it('leaves a Secret alone that somebody changed since it was staged', async () => {
    const world = await staged();
    world.put(LIVE, { username: 'litellm', password: 'by-another-hand', uri: 'x' });
    await expect(publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }))).rejects.toMatchObject({
      type: 'SecretChanged',
    });
    expect(world.text(LIVE, 'password')).toBe('by-another-hand');
  });

  it('keeps what somebody changed of another key', async () => {
    const world = await staged();
    world.put(LIVE, { username: 'litellm', password: OLD, uri: world.text(LIVE, 'uri'), host: 'elsewhere' });
    await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
    expect(world.text(LIVE, 'host')).toBe('elsewhere');
  });

  it('going back touches nothing that this rotation never wrote', async () => {
    const world = await staged();
    world.put(LIVE, { username: 'litellm', password: 'by-another-hand', uri: 'x' });
    const back = await publish(world.deps, publishInput({ rotation: ROTATION, target: 'previous' }));
    expect(back.touched).toBe(false);
    expect(world.text(LIVE, 'password')).toBe('by-another-hand');
  });

  it('says that the write-ahead log is lost when the staging Secret was deleted', async () => {
    const world = await staged();
    world.secrets.delete(STAGING);
    await expect(publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }))).rejects.toMatchObject({
      type: 'StagingLost',
    });
  });
});

describe('several Secrets', () => {
  const places = [...ROTATION.places, { secret: 'litellm-env', places: [inUri('DATABASE_URL')] }];
  const rotation = { ...ROTATION, secrets: [LIVE, 'litellm-env'], places };
  const several = async (): Promise<TestCluster> => {
    const world = new TestCluster(OLD);
    world.put('litellm-env', { DATABASE_URL: `postgres://litellm:${OLD}@h/d`, OTHER: 'x' });
    await stage(world.deps, stageInput({ rotation, owner: OWNER }));
    return world;
  };

  it('change together, each in its own keys', async () => {
    const world = await several();
    const result = await publish(world.deps, publishInput({ rotation, target: 'pending' }));
    expect(result.secrets.map(({ name, changedKeys }) => [name, changedKeys])).toEqual([
      [LIVE, ['password', 'uri']],
      ['litellm-env', ['DATABASE_URL']],
    ]);
    expect(world.text('litellm-env', 'DATABASE_URL')).toBe(`postgres://litellm:${world.text(LIVE, 'password')}@h/d`);
    expect(world.text('litellm-env', 'OTHER')).toBe('x');
  });

  it('stay as they are when one of them was changed by another hand', async () => {
    const world = await several();
    world.put('litellm-env', { DATABASE_URL: 'postgres://litellm:by-another-hand@h/d' });
    await expect(publish(world.deps, publishInput({ rotation, target: 'pending' }))).rejects.toMatchObject({
      type: 'SecretChanged',
      message: expect.stringContaining('litellm-env') as string,
    });
    expect(world.text(LIVE, 'password')).toBe(OLD);
  });

  it('go back together, after a crash between the two as well', async () => {
    const world = await several();
    await publish(world.deps, publishInput({ rotation, target: 'pending' }));
    await publish(world.deps, publishInput({ rotation: { ...rotation, secrets: [LIVE] }, target: 'previous' }));
    await publish(world.deps, publishInput({ rotation, target: 'previous' }));
    expect(world.text(LIVE, 'password')).toBe(OLD);
    expect(world.text('litellm-env', 'DATABASE_URL')).toBe(`postgres://litellm:${OLD}@h/d`);
  });
});

describe('finishing', () => {
  it('tells and cleans up', async () => {
    const world = await staged();
    await finish(world.deps, finishInput({ rotation: ROTATION, outcome: 'rotated' }));
    expect(world.writes.slice(1)).toEqual([`delete ${STAGING}`, `event PasswordRotated about ${LIVE}`]);
  });

  it('warns of clients that are left behind by an Event of its own, which fits into the API’s limit', async () => {
    const world = await staged();
    const seen: string[] = [];
    const events: (typeof world.deps)['events'] = {
      aboutSecret: (__, { type, reason, message }) => Promise.resolve(void seen.push(`${type} ${reason} ${message}`)),
    };
    const input = finishInput({ rotation: ROTATION, outcome: 'rotated' });
    const leftBehind = `1 left behind: ${'x'.repeat(2_000)}`;
    await finish({ ...world.deps, events }, { ...input, leftBehind });
    expect(seen).toEqual([
      expect.stringMatching(/^Normal PasswordRotated /),
      expect.stringMatching(/^Warning ClientsLeftBehind .*: 1 left behind: x+$/),
    ]);
    expect(seen[1]?.length).toBeLessThan(1_024 + 'Warning ClientsLeftBehind '.length);
  });

  it.each([
    ['kept', 'litellm-1', 'kept'],
    ['gone', undefined, 'gone'],
    ['of another rotation', 'litellm-2', 'of another rotation'],
  ])('tells of a staging Secret that is %s', async (_, id, staging) => {
    const world = new TestCluster();
    const owner = { workflowId: 'w', runId: 'run-1' };
    if (id !== undefined) await stage(world.deps, stageInput({ rotation: { ...ROTATION, id }, owner }));
    const messages: string[] = [];
    const events: (typeof world.deps)['events'] = {
      aboutSecret: (__, { message }) => Promise.resolve(void messages.push(message)),
    };
    await expect(
      finish({ ...world.deps, events }, finishInput({ rotation: ROTATION, outcome: 'needs-attention' })),
    ).resolves.toEqual({ staging });
    expect(messages.join().includes('both credentials are in Secret')).toBe(staging === 'kept');
  });

  it('keeps both credentials when somebody must look', async () => {
    const world = await staged();
    await finish(world.deps, finishInput({ rotation: ROTATION, outcome: 'needs-attention' }));
    expect(world.secrets.has(STAGING)).toBe(true);
  });

  it('leaves another rotation’s staging Secret alone', async () => {
    const world = await staged();
    await finish(world.deps, finishInput({ rotation: { ...ROTATION, id: 'litellm-2' }, outcome: 'unchanged' }));
    expect(world.secrets.has(STAGING)).toBe(true);
  });
});
