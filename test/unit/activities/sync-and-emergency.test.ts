import { emergencyAlterUser } from '../../../src/activities/steps/emergency-alter-user.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { sync } from '../../../src/activities/steps/sync.ts';
import type { PublishResult, SyncResult } from '../../../src/activities/types/index.ts';
import { ALTERED, alterRoleScript, CLOCK_SCRIPT } from '../../../src/postgres/alter-role.ts';
import { Password } from '../../../src/domain/password.ts';
import { scramVerifier } from '../../../src/postgres/scram.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { HEALTHY_CLUSTER, LITELLM } from '../../harness/examples.ts';
import { TestPostgres } from '../../harness/activities/test-postgres.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { ROTATION } from '../../harness/rotation-input.ts';
import { stageInput, publishInput, syncInput, passwordChangeInput } from '../../harness/activities/step-inputs.ts';

const LIVE = LITELLM.secret;
const BUDGET_MS = 60_000;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await TestPostgres.start();
}, 60_000);
afterAll(() => postgres.stop());

async function published(): Promise<{ world: TestCluster; result: PublishResult; pending: string }> {
  const world = new TestCluster();
  world.psql = postgres.psql;
  Object.assign(world.deps, { login: postgres.login });
  await postgres.accept(world.text(LIVE, 'password'));
  await stage(world.deps, stageInput({ rotation: ROTATION, owner: { workflowId: 'w', runId: 'r' } }));
  const result = await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
  return { world, result, pending: world.text(LIVE, 'password') };
}

function runSync(world: TestCluster, result: PublishResult, budgetMs = BUDGET_MS): Promise<SyncResult> {
  const clock = clockOf(world, budgetMs);
  const input = { rotation: ROTATION, target: 'pending', published: result } as const;
  return inActivity(() => sync(world.deps, syncInput(input), clock));
}

const applied = (version: string): TestCluster['cluster'] => ({
  ...HEALTHY_CLUSTER,
  appliedSecretVersions: { litellm: version },
});

describe('waiting for CNPG', () => {
  it('ends when its status and two logins show the new password', async () => {
    const { world, result, pending } = await published();
    world.cluster = applied(result.secrets[0]?.resourceVersion ?? '');
    await postgres.accept(pending);
    await expect(runSync(world, result)).resolves.toMatchObject({ proven: true, nudged: false });
    expect(world.writes).not.toContain('nudge');
  });

  it('does not believe a status that a login contradicts', async () => {
    const { world, result } = await published();
    world.cluster = applied(result.secrets[0]?.resourceVersion ?? '');
    // Each look makes two logins, so the budget has few of them.
    await expect(runSync(world, result, 3_000)).resolves.toMatchObject({
      proven: false,
      because:
        'CNPG says that it is applied, but PostgreSQL refuses the password that the Secret holds (SQLSTATE 28P01)',
    });
  });

  it('does not believe a login while the status lags behind', async () => {
    const { world, result, pending } = await published();
    await postgres.accept(pending);
    await expect(runSync(world, result)).resolves.toMatchObject({ proven: false });
  });

  it('nudges CNPG once when a quarter of the budget is over, and gives up when all of it is', async () => {
    const { world, result } = await published();
    const nudgedAt: number[] = [];
    const { nudge } = world.deps.clusters;
    Object.assign(world.deps.clusters, {
      nudge: (...call: Parameters<typeof nudge>) => {
        nudgedAt.push(world.time);
        return nudge(...call);
      },
    });
    await expect(runSync(world, result)).resolves.toMatchObject({ proven: false });
    expect(nudgedAt).toEqual([BUDGET_MS / 4]);
    expect(world.time).toBe(BUDGET_MS);
  });

  it('stops at once when somebody changes the Secret', async () => {
    const { world, result } = await published();
    world.put(LIVE, { username: 'litellm', password: 'by-another-hand' });
    await expect(runSync(world, result)).rejects.toMatchObject({
      type: 'SecretChanged',
      message: expect.stringContaining(`Secret ai-system/${LIVE} was changed by`) as string,
    });
    expect(world.time).toBe(0);
  });
});

/** PostgreSQL tells its clock; the script itself comes out as the test wants. */
function afterTheClock(run: typeof postgres.psql): typeof postgres.psql {
  return (...call) => (call[2] === CLOCK_SCRIPT ? postgres.psql(...call) : run(...call));
}

const logsInWith = (world: TestCluster, password: string) =>
  world.deps.login(LITELLM, { username: LITELLM.role, password: Password.of(password) });

describe('the emergency ALTER USER', () => {
  const run = (world: TestCluster): Promise<unknown> =>
    inActivity(() =>
      emergencyAlterUser(
        world.deps,
        passwordChangeInput({ rotation: ROTATION, target: 'pending' }),
        clockOf(world, Infinity),
      ),
    );

  it('sends a verifier to the primary, never the password, and proves it by logins', async () => {
    const { world, pending } = await published();
    let sent = '';
    world.psql = (component, pod, stdin) => {
      sent = `${pod}\n${stdin}`;
      return postgres.psql(component, pod, stdin);
    };
    await expect(run(world)).resolves.toMatchObject({ primary: 'litellm-postgresql-1' });
    expect(sent).toContain('litellm-postgresql-1\nBEGIN;');
    expect(sent).toMatch(/ALTER ROLE "litellm" PASSWORD 'SCRAM-SHA-256\$4096:/);
    expect(sent).not.toContain(pending);
  });

  it('alters nothing where PostgreSQL has the password already', async () => {
    const { world, pending } = await published();
    await postgres.accept(pending);
    world.psql = () => Promise.reject(new Error('must not be called'));
    await expect(run(world)).resolves.toMatchObject({ primary: 'litellm-postgresql-1', altered: false });
  });

  it('fails when psql fails, with its complaint and without a verifier', async () => {
    const { world } = await published();
    world.psql = afterTheClock(() =>
      Promise.resolve({
        succeeded: false,
        stdout: '',
        stderr: "\nERROR: bad value 'SCRAM-SHA-256$4096:abc$def:ghi' here\n",
      }),
    );
    await expect(run(world)).rejects.toMatchObject({
      type: 'EmergencyFailed',
      message: expect.stringContaining('bad value') as string,
    });
    await expect(run(world)).rejects.not.toMatchObject({ message: expect.stringContaining('abc') as string });
  });

  it('fails when a login does not show it', async () => {
    const { world } = await published();
    world.psql = afterTheClock(() => Promise.resolve({ succeeded: true, stdout: ALTERED, stderr: '' }));
    await expect(run(world)).rejects.toMatchObject({ type: 'EmergencyFailed' });
  });

  it('alters nothing when it reaches PostgreSQL after its caller has given it up', async () => {
    const { world, pending } = await published();
    // A minute passes between the look at the clock and the script.
    world.psql = async (component, pod, stdin) => {
      const said = await postgres.psql(component, pod, stdin);
      const earlier = said.stdout.replace(/[\d.]+$/m, (seconds) => String(Number(seconds) - 60));
      return stdin === CLOCK_SCRIPT ? { ...said, stdout: earlier } : said;
    };
    await expect(run(world)).rejects.toMatchObject({
      type: 'EmergencyFailed',
      message: expect.stringContaining('comes too late') as string,
    });
    await expect(logsInWith(world, pending)).resolves.toMatchObject({ accepted: false });
  });

  it('alters nothing when it waited for a lock until its caller had given it up', async () => {
    const { world, pending } = await published();
    const script = alterRoleScript(LITELLM.role, scramVerifier(Password.of(pending)), Date.now() / 1_000 - 7);
    // The deadline is a second away, and the statement before the ALTER takes longer.
    const late = postgres.psql(LITELLM, '', script.replace('ALTER ROLE', 'SELECT pg_sleep(2); ALTER ROLE'));
    await expect(late).resolves.toMatchObject({
      succeeded: false,
      stderr: expect.stringContaining('too late') as string,
    });
    await expect(logsInWith(world, pending)).resolves.toMatchObject({ accepted: false });
  });

  it.each([
    ['another Secret', HEALTHY_CLUSTER.managedRoles.map((one) => ({ ...one, passwordSecret: 'litellm-of-before' }))],
    ['nothing', []],
    ['an absence', HEALTHY_CLUSTER.managedRoles.map((one) => ({ ...one, ensure: 'absent' as const }))],
  ])('does nothing when the Cluster declares %s for the role by now, so that CNPG never settles', async (_, roles) => {
    const { world } = await published();
    world.cluster = { ...HEALTHY_CLUSTER, managedRoles: roles };
    world.psql = () => Promise.reject(new Error('must not be called'));
    await expect(run(world)).rejects.toMatchObject({
      type: 'RoleUndeclared',
      retryable: false,
      message: expect.stringContaining('no longer sets the password of role "litellm" from Secret') as string,
    });
  });

  it('helps on the way back, whatever the Cluster declares', async () => {
    const { world, pending } = await published();
    await postgres.accept(pending);
    await publish(world.deps, publishInput({ rotation: ROTATION, target: 'previous' }));
    world.cluster = { ...HEALTHY_CLUSTER, managedRoles: [] };
    const input = passwordChangeInput({ rotation: ROTATION, target: 'previous' });
    await expect(
      inActivity(() => emergencyAlterUser(world.deps, input, clockOf(world, Infinity))),
    ).resolves.toMatchObject({ altered: true });
  });

  it('does nothing while the primary changes', async () => {
    const { world } = await published();
    world.cluster = { ...HEALTHY_CLUSTER, targetPrimary: 'litellm-postgresql-2' };
    world.psql = () => Promise.reject(new Error('must not be called'));
    await expect(run(world)).rejects.toMatchObject({ type: 'EmergencyFailed' });
  });

  it('does nothing when the Secret holds another password, which CNPG would put back', async () => {
    const { world } = await published();
    world.put(LIVE, { username: 'litellm', password: 'by-another-hand' });
    world.psql = () => Promise.reject(new Error('must not be called'));
    await expect(run(world)).rejects.toMatchObject({ type: 'SecretChanged' });
  });
});

describe('what CNPG says', () => {
  it('is told without the passwords that it quotes, and without what stands in the place of a username', async () => {
    const { world, result, pending } = await published();
    const base64 = Buffer.from(`x${pending}`).toString('base64');
    const said = `wrong username '${pending}' in secret, wrong username 'other-secret', ${pending}, ${base64}`;
    world.cluster = { ...HEALTHY_CLUSTER, cannotReconcile: { litellm: [said] } };
    const synced = await runSync(world, result);
    expect(synced).toMatchObject({ proven: false, because: expect.stringContaining('cannot reconcile') as string });
    const altered = await inActivity(() =>
      emergencyAlterUser(
        world.deps,
        passwordChangeInput({ rotation: ROTATION, target: 'pending' }),
        clockOf(world, Infinity),
      ),
    );
    expect(altered.cannotReconcile).toEqual([expect.stringMatching(/^wrong username '…'/)]);
    for (const text of [synced, altered].map((one) => JSON.stringify(one))) {
      expect(text).not.toContain(pending);
      expect(text).not.toContain('other-secret');
      expect(text).not.toContain(base64.slice(4, -4));
    }
  });
});
