import { randomBytes } from 'node:crypto';
import { Password } from '../../src/domain/password.ts';
import { scramVerifier } from '../../src/postgres/scram.ts';
import { editByHand } from '../e2e/support/faults.ts';
import { LITELLM, useHarness } from '../e2e/support/harness.ts';
import { findDisagreements } from '../e2e/support/one-password.ts';
import { until } from '../e2e/support/programs.ts';

/* What the product counts on CloudNativePG for, without the product: a difference is a defect of the embedded sandbox. */

const MINUTE = 60_000;
const { namespace, cluster, role, secret } = LITELLM;
const OTHER = { role: 'specification', secret: 'specification-role' };

// Reloader follows each change: the next file's tests want pods that have come to rest.
// Declared before the harness: Jest goes through them in this order.
afterAll(async () => {
  let found: readonly string[] = [];
  await until(
    'the application to come to rest',
    async () => {
      found = await findDisagreements(harness.world, LITELLM);
      return found.length === 0;
    },
    2 * MINUTE,
    () => found.join('; '),
  );
}, 3 * MINUTE);

const harness = useHarness({ components: ['litellm'] });

const newPassword = (): string => randomBytes(24).toString('base64url');

function change(kind: 'Secret' | 'Cluster', name: string, body: object): Promise<void> {
  const apiVersion = kind === 'Secret' ? 'v1' : 'postgresql.cnpg.io/v1';
  const { metadata = {}, ...rest } = body as { metadata?: object };
  return harness.world.patch({ apiVersion, kind, metadata: { ...metadata, namespace, name }, ...rest });
}

const reload = (): Promise<void> =>
  change('Cluster', cluster, { metadata: { annotations: { 'cnpg.io/reloadedAt': new Date().toISOString() } } });

/** Until the status says that the Secret's version of now is applied for the role. */
async function untilApplied(of = { role, secret }): Promise<void> {
  const { world } = harness;
  await until(
    `CNPG to apply ${of.secret}`,
    async () => {
      const applied = (await world.cluster(LITELLM)).status?.managedRolesStatus?.passwordStatus?.[of.role];
      const live = await world.core.readNamespacedSecret({ namespace, name: of.secret });
      return applied?.resourceVersion !== undefined && applied.resourceVersion === live.metadata?.resourceVersion;
    },
    MINUTE,
  );
}

/** Declares the roles of the Cluster: the component's own, and others. */
async function declare(others: readonly object[]): Promise<void> {
  const own = { name: role, ensure: 'present', login: true, superuser: false, passwordSecret: { name: secret } };
  await change('Cluster', cluster, { spec: { managed: { roles: [own, ...others] } } });
}

describe('CloudNativePG', () => {
  it(
    'applies the password of a changed Secret, and says so in the status when the login works, not before',
    async () => {
      const { world } = harness;
      const old = await world.password(LITELLM);
      const password = newPassword();
      await editByHand(world, LITELLM, password, 'the specification');
      await untilApplied();
      expect(await world.accepts(LITELLM, password)).toBe(true);
      expect(await world.accepts(LITELLM, old)).toBe(false);
    },
    2 * MINUTE,
  );

  it(
    'takes a SCRAM verifier for a password, and the password that it was made of logs in',
    async () => {
      const { world } = harness;
      const { password: plain = '' } = await world.secret(LITELLM);
      const verifier = scramVerifier(Password.of(plain));
      await change('Secret', secret, { stringData: { password: verifier } });
      await untilApplied();
      expect((await world.verifier(LITELLM)) === verifier).toBe(true);
      expect(await world.accepts(LITELLM, plain)).toBe(true);
      await change('Secret', secret, { stringData: { password: plain } });
      await untilApplied();
    },
    2 * MINUTE,
  );

  it(
    'sets a role back to its Secret after somebody else’s ALTER, at the next change of the Cluster',
    async () => {
      const { world } = harness;
      const password = await world.password(LITELLM);
      await world.sql(LITELLM, `ALTER ROLE ${role} PASSWORD 'somebody-elses'`);
      expect(await world.accepts(LITELLM, password)).toBe(false);
      await reload();
      await until('the Secret’s password to be back', () => world.accepts(LITELLM, password), MINUTE);
    },
    2 * MINUTE,
  );

  it(
    'reads a Secret without the label cnpg.io/reload when the Cluster changes',
    async () => {
      const { world } = harness;
      await change('Secret', secret, { metadata: { labels: { 'cnpg.io/reload': null } } });
      try {
        const password = newPassword();
        await editByHand(world, LITELLM, password, 'the specification');
        await reload();
        await untilApplied();
        expect(await world.accepts(LITELLM, password)).toBe(true);
      } finally {
        await change('Secret', secret, { metadata: { labels: { 'cnpg.io/reload': 'true' } } });
      }
    },
    2 * MINUTE,
  );

  it(
    'makes a declared role, holds it to exactly the roles that it is in, enforces what is omitted, and drops it',
    async () => {
      const { world } = harness;
      const data = { username: OTHER.role, password: newPassword() };
      const object = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: OTHER.secret } };
      await world.apply({ ...object, stringData: data });
      const declared = { name: OTHER.role, ensure: 'present', passwordSecret: { name: OTHER.secret } };
      const seen = (): Promise<string> =>
        world.sql(
          LITELLM,
          `SELECT rolcanlogin, ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = pg_roles.oid) FROM pg_roles WHERE rolname = '${OTHER.role}'`,
        );
      try {
        await declare([{ ...declared, login: true, inRoles: [role] }]);
        await until('the role', async () => (await seen()) === `t|{${role}}`, MINUTE);
        await world.sql(LITELLM, `GRANT pg_monitor TO ${OTHER.role}`);
        await declare([{ ...declared, inRoles: [role] }]);
        await until('NOLOGIN and the one membership', async () => (await seen()) === `f|{${role}}`, MINUTE);
      } finally {
        await declare([{ name: OTHER.role, ensure: 'absent' }]);
        await until('the role to be gone', async () => (await seen()) === '', MINUTE);
        await declare([]);
        await world.core.deleteNamespacedSecret({ namespace, name: OTHER.secret });
      }
    },
    3 * MINUTE,
  );

  it(
    'complains of a Secret of the database’s owner that names another user, and applies the managed roles all the same',
    async () => {
      const { world } = harness;
      const stolen = { username: 'somebody', password: newPassword() };
      const object = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: OTHER.secret } };
      await world.apply({ ...object, stringData: stolen });
      const point = (to: string): Promise<void> =>
        change('Cluster', cluster, { spec: { bootstrap: { initdb: { secret: { name: to } } } } });
      const instanceLog = (): Promise<string> =>
        world.core.readNamespacedPodLog({ namespace, name: `${cluster}-1`, container: 'postgres', tailLines: 400 });
      try {
        await point(OTHER.secret);
        const password = newPassword();
        await editByHand(world, LITELLM, password, 'the specification');
        const complaint = `wrong username 'somebody' in secret, expected '${role}'`;
        await until('the complaint', async () => (await instanceLog()).includes(complaint), MINUTE);
        await untilApplied();
        expect(await world.accepts(LITELLM, password)).toBe(true);
      } finally {
        await point(secret);
        await world.core.deleteNamespacedSecret({ namespace, name: OTHER.secret });
      }
    },
    3 * MINUTE,
  );
});
