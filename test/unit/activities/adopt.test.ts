import { declareRoles } from '../../../src/activities/adopt/declare-roles.ts';
import { splitSecrets } from '../../../src/activities/adopt/split-secrets.ts';
import { withdrawRoles } from '../../../src/activities/adopt/withdraw-roles.ts';
import type { RolesInput } from '../../../src/activities/types/index.ts';
import { alternatingSpec } from '../../../src/domain/adopt/index.ts';
import { Password } from '../../../src/domain/password.ts';
import { scramVerifier } from '../../../src/postgres/scram.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { LITELLM } from '../../harness/examples.ts';
import { ReconcilingCluster } from '../../harness/activities/reconciling-cluster.ts';
import { ROTATION } from '../../harness/rotation-input.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { IN_PLACE, NAMES, OBJECT } from '../adopt/world.ts';

const OLD = 'old-password-0123456789';
const INPUT: RolesInput = { rotation: ROTATION, names: NAMES };
const ROLE_SECRETS = ['litellm-owner-role', 'litellm-a-role', 'litellm-b-role'];

const BUDGET_MS = 60_000;

async function adopt(cnpg: ReconcilingCluster, input = INPUT): Promise<void> {
  await splitSecrets(cnpg.world, input);
  await inActivity(() => declareRoles(cnpg.world, input, clockOf(cnpg, BUDGET_MS)));
}

const withdraw = (cnpg: ReconcilingCluster): Promise<unknown> =>
  inActivity(() => withdrawRoles(cnpg.world, INPUT, clockOf(cnpg, BUDGET_MS)));

/** Runs something again until it ends, as Temporal does with an activity whose worker was killed. */
async function untilDone(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch {
    await act();
  }
}

describe('splitting the owner’s Secret off and declaring the login roles', () => {
  it('keeps the current password valid for the owner, and lets nobody in as a login role', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await adopt(cnpg);
    expect(cnpg.spec).toEqual(alternatingSpec(IN_PLACE, NAMES));
    expect(cnpg.accepts('litellm', OLD)).toBe(true);
    expect([...cnpg.verifiers.keys()]).toEqual(['litellm', 'litellm_a', 'litellm_b']);
    expect(cnpg.accepts('litellm_a', OLD) || cnpg.accepts('litellm_b', OLD)).toBe(false);
    for (const name of ROLE_SECRETS) {
      expect(cnpg.secrets.get(name)?.type).toBe('kubernetes.io/basic-auth');
      expect(cnpg.secrets.get(name)?.labels).toHaveProperty(['cnpg.io/reload']);
      expect(cnpg.text(name, 'password')).toMatch(/^SCRAM-SHA-256\$/);
    }
    expect(cnpg.text(LITELLM.secret, 'password')).toBe(OLD);
    expect(cnpg.scripts.at(-1)).toMatch(
      /ALTER ROLE "litellm_a" SET role = "litellm".*"litellm_b" SET role = "litellm"/s,
    );
  });

  it('ends the same when the worker is killed before any of its writes', async () => {
    const undisturbed = new ReconcilingCluster(IN_PLACE);
    await adopt(undisturbed);
    for (let killed = 1; killed <= undisturbed.writes.length; killed += 1) {
      const cnpg = new ReconcilingCluster(IN_PLACE);
      cnpg.failingWrite = killed;
      await untilDone(() => adopt(cnpg));
      expect(cnpg.writes).toEqual(undisturbed.writes);
      expect(cnpg.accepts('litellm', OLD)).toBe(true);
    }
  });

  it('writes anew what an earlier adoption left, since the password may have changed between', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await splitSecrets(cnpg.world, { ...INPUT, rotation: { ...ROTATION, id: 'earlier' } });
    cnpg.put(LITELLM.secret, { username: 'litellm', password: 'changed-password-012345' });
    cnpg.reconcile();
    await adopt(cnpg);
    expect(cnpg.accepts('litellm', 'changed-password-012345')).toBe(true);
  });

  it('leaves a Secret alone that somebody else made', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    cnpg.put('litellm-a-role', { username: 'somebody' });
    await expect(adopt(cnpg)).rejects.toMatchObject({ type: 'RoleSecretTaken' });
    expect(cnpg.text('litellm-a-role', 'username')).toBe('somebody');
    expect(cnpg.spec).toEqual(IN_PLACE);
  });

  it('declares again what somebody has put back, and keeps the password of the role that the application uses', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await adopt(cnpg);
    cnpg.verifiers.set('litellm_a', scramVerifier(Password.of('of-the-login-role-0123')));
    cnpg.put(LITELLM.secret, { username: 'litellm_a', password: 'of-the-login-role-0123' });
    cnpg.declare(IN_PLACE);
    await adopt(cnpg, { ...INPUT, rotation: { ...ROTATION, id: 'later' } });
    expect(cnpg.spec).toEqual(alternatingSpec(IN_PLACE, NAMES));
    expect(cnpg.accepts('litellm_a', 'of-the-login-role-0123')).toBe(true);
    expect(cnpg.accepts('litellm', OLD)).toBe(false);
  });

  it('says why CNPG does not make a role', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    cnpg.complaints = { litellm_b: ['role "litellm_b" already exists'] };
    await expect(adopt(cnpg)).rejects.toMatchObject({
      type: 'RoleNotMade',
      message: expect.stringContaining('role "litellm_b" already exists') as string,
    });
  });
});

describe('taking the login roles away', () => {
  const before = (cnpg: ReconcilingCluster): object => ({
    spec: cnpg.spec,
    roles: [...cnpg.verifiers.keys()],
    secrets: [...cnpg.secrets.keys()],
  });

  it('leaves the Cluster, the roles and the Secrets as they were', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    const was = before(cnpg);
    await adopt(cnpg);
    await expect(withdraw(cnpg)).resolves.toEqual({ changed: true });
    expect(before(cnpg)).toEqual(was);
    expect(cnpg.accepts('litellm', OLD)).toBe(true);
    expect(cnpg.writes.slice(-5)).toEqual([
      'declare litellm litellm_a! litellm_b!',
      'declare litellm',
      'delete litellm-a-role',
      'delete litellm-b-role',
      'delete litellm-owner-role',
    ]);
    expect(cnpg.scripts.some((script) => script.includes('REASSIGN OWNED BY "litellm_a" TO "litellm"'))).toBe(true);
  });

  it('ends the same when the worker is killed before any of its writes', async () => {
    for (let killed = 1; killed <= 5; killed += 1) {
      const cnpg = new ReconcilingCluster(IN_PLACE);
      const was = before(cnpg);
      await adopt(cnpg);
      cnpg.failingWrite = cnpg.writes.length + killed;
      await untilDone(() => withdraw(cnpg));
      expect(before(cnpg)).toEqual(was);
    }
  });

  it('drops roles that somebody has taken out of the Cluster, since CNPG does not', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    const was = before(cnpg);
    await adopt(cnpg);
    cnpg.declare(IN_PLACE);
    expect([...cnpg.verifiers.keys()]).toEqual(['litellm', 'litellm_a', 'litellm_b']);
    await expect(withdraw(cnpg)).resolves.toEqual({ changed: true });
    expect(before(cnpg)).toEqual(was);
  });

  it('gives their objects again and again while somebody uses one, and says so when the time is over', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await adopt(cnpg);
    cnpg.busyReleases = 2;
    await expect(withdraw(cnpg)).resolves.toEqual({ changed: true });
    const stuck = new ReconcilingCluster(IN_PLACE);
    await adopt(stuck);
    stuck.busyReleases = Infinity;
    const { spec } = stuck;
    await expect(withdraw(stuck)).rejects.toMatchObject({
      type: 'RoleNotMade',
      message: expect.stringMatching(/somebody uses it for long.*lock timeout/) as string,
    });
    expect(stuck.spec).toEqual(spec);
  });

  it('is refused while the application logs in as one of them', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await adopt(cnpg);
    cnpg.put(LITELLM.secret, { username: 'litellm_a', password: OLD });
    const { spec } = cnpg;
    await expect(withdraw(cnpg)).rejects.toMatchObject({ type: 'RoleInUse' });
    expect(cnpg.spec).toEqual(spec);
  });

  it('removes the Secrets of an adoption that declared nothing yet', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await splitSecrets(cnpg.world, INPUT);
    await withdraw(cnpg);
    expect([...cnpg.secrets.keys()]).toEqual([LITELLM.secret]);
    expect(cnpg.writes.filter((write) => write.startsWith('declare'))).toEqual([]);
  });

  it.each([
    ['refused', 'PostgreSQL refuses the password that Secret ai-system/litellm-db-secret holds (SQLSTATE 28P01)'],
    ['accepted', 'PostgreSQL accepts any password of "litellm"'],
  ] as const)('keeps the note of how it was while each login of the owner is %s', async (answers, why) => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await adopt(cnpg);
    cnpg.answers = answers;
    await expect(withdraw(cnpg)).rejects.toMatchObject({
      type: 'RoleNotMade',
      message: expect.stringContaining(why) as string,
    });
    expect(cnpg.secrets.has('litellm-owner-role')).toBe(true);
  });

  it('says what keeps CNPG from dropping a role', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await adopt(cnpg);
    cnpg.complaints = { litellm_a: ['2 objects in database reports'] };
    await expect(withdraw(cnpg)).rejects.toMatchObject({
      type: 'RoleNotMade',
      message: expect.stringContaining('"litellm_a" (2 objects in database reports)') as string,
    });
    // The note of how it was is kept, so that it can go on.
    expect(cnpg.secrets.has('litellm-owner-role')).toBe(true);
  });
});

describe('where a DatabaseRole declares the owner', () => {
  const DECLARED = {
    roles: [],
    databaseRoles: [OBJECT],
    bootstrap: { method: 'initdb', secret: 'litellm-db-secret' },
  } as const;
  const look = (cnpg: ReconcilingCluster): object => ({
    spec: cnpg.spec,
    roles: [...cnpg.verifiers.keys()],
    secrets: [...cnpg.secrets.keys()],
  });

  it('the login roles get DatabaseRoles, and they and their roles go again', async () => {
    const cnpg = new ReconcilingCluster(DECLARED);
    const was = look(cnpg);
    await adopt(cnpg);
    expect(cnpg.spec.roles).toEqual([]);
    expect(cnpg.spec.databaseRoles?.map(({ object }) => object)).toEqual([
      'litellm-a-role',
      'litellm-b-role',
      'litellm-role',
    ]);
    expect([...cnpg.verifiers.keys()]).toEqual(['litellm', 'litellm_a', 'litellm_b']);
    expect(cnpg.accepts('litellm', OLD)).toBe(true);
    await expect(withdraw(cnpg)).resolves.toEqual({ changed: true });
    expect(look(cnpg)).toEqual(was);
  });

  it('both end the same when the worker is killed before any write', async () => {
    const undisturbed = new ReconcilingCluster(DECLARED);
    const was = look(undisturbed);
    await adopt(undisturbed);
    const adopted = [undisturbed.spec, undisturbed.writes.length] as const;
    await withdraw(undisturbed);
    for (let killed = 1; killed <= undisturbed.writes.length; killed += 1) {
      const cnpg = new ReconcilingCluster(DECLARED);
      cnpg.failingWrite = killed;
      await untilDone(() => adopt(cnpg));
      if (killed <= adopted[1]) expect(cnpg.spec).toMatchObject({ databaseRoles: [{}, {}, {}] });
      expect(cnpg.accepts('litellm', OLD)).toBe(true);
      await untilDone(() => withdraw(cnpg));
      expect(look(cnpg)).toEqual(was);
    }
  });

  it('a role whose DatabaseRole somebody deleted before, and which CNPG retained, is dropped too', async () => {
    const cnpg = new ReconcilingCluster(DECLARED);
    await adopt(cnpg);
    cnpg.store.delete('databaseroles', { namespace: LITELLM.namespace, name: 'litellm-b-role' });
    cnpg.reconcile();
    expect(cnpg.verifiers.has('litellm_b')).toBe(true);
    await withdraw(cnpg);
    expect([...cnpg.verifiers.keys()]).toEqual(['litellm']);
    expect(cnpg.scripts.some((script) => script.includes('DROP ROLE IF EXISTS "litellm_b"'))).toBe(true);
  });

  it('an object of the name that declares another role is left alone', async () => {
    const cnpg = new ReconcilingCluster(DECLARED);
    cnpg.store.create('databaseroles', {
      metadata: { namespace: LITELLM.namespace, name: 'litellm-a-role' },
      spec: { name: 'reports', cluster: { name: 'another' } },
    });
    await expect(adopt(cnpg)).rejects.toMatchObject({
      type: 'RoleNotMade',
      message: expect.stringContaining('litellm-a-role exists already and declares another role') as string,
    });
  });
});
