import { randomBytes } from 'node:crypto';
import { Password } from '../../src/domain/password.ts';
import { scramVerifier } from '../../src/postgres/scram.ts';
import { editByHand } from '../harness/faults/faults.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { findDisagreements } from '../harness/proofs/password-agreement.ts';
import { ManagedRoles, OTHER } from '../harness/world/managed-roles.ts';
import { until } from '../../sandbox/harness/until.ts';

/* What the product counts on CloudNativePG for, without the product: a difference is a defect of the embedded sandbox. */

const MINUTE = 60_000;
const { namespace, cluster, role, secret } = LITELLM;

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

const roles = new ManagedRoles(() => harness.world, LITELLM);

describe('CloudNativePG', () => {
  it(
    'applies the password of a changed Secret, and says so in the status when the login works, not before',
    async () => {
      const { world } = harness;
      const old = await world.password(LITELLM);
      const password = newPassword();
      await editByHand(world, LITELLM, password, 'the specification');
      await roles.untilApplied();
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
      await roles.change('Secret', secret, { stringData: { password: verifier } });
      await roles.untilApplied();
      expect((await world.verifier(LITELLM)) === verifier).toBe(true);
      expect(await world.accepts(LITELLM, plain)).toBe(true);
      await roles.change('Secret', secret, { stringData: { password: plain } });
      await roles.untilApplied();
    },
    2 * MINUTE,
  );

  it(
    'sets a role back to its Secret after somebody else’s ALTER, at the next change of the Cluster',
    async () => {
      const { world } = harness;
      const password = await world.password(LITELLM);
      // Once more where CNPG was still looking after the change before.
      await until(
        'somebody else’s password to hold',
        async () => {
          await world.sql(LITELLM, `ALTER ROLE ${role} PASSWORD 'somebody-elses'`);
          return !(await world.accepts(LITELLM, password));
        },
        MINUTE,
      );
      await roles.reload();
      await until('the Secret’s password to be back', () => world.accepts(LITELLM, password), MINUTE);
    },
    2 * MINUTE,
  );

  it(
    'reads a Secret without the label cnpg.io/reload when the Cluster changes',
    async () => {
      const { world } = harness;
      await roles.change('Secret', secret, { metadata: { labels: { 'cnpg.io/reload': null } } });
      try {
        const password = newPassword();
        await editByHand(world, LITELLM, password, 'the specification');
        await roles.reload();
        await roles.untilApplied();
        expect(await world.accepts(LITELLM, password)).toBe(true);
      } finally {
        await roles.change('Secret', secret, { metadata: { labels: { 'cnpg.io/reload': 'true' } } });
      }
    },
    2 * MINUTE,
  );

  it(
    'makes a declared role, holds it to exactly the roles that it is in, enforces what is omitted, and drops it',
    async () => {
      const { world } = harness;
      await roles.putOtherSecret({ username: OTHER.role, password: newPassword() });
      const declared = { name: OTHER.role, ensure: 'present', passwordSecret: { name: OTHER.secret } };
      const seen = (): Promise<string> =>
        world.sql(
          LITELLM,
          `SELECT rolcanlogin, ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = pg_roles.oid) FROM pg_roles WHERE rolname = '${OTHER.role}'`,
        );
      try {
        await roles.declare([{ ...declared, login: true, inRoles: [role] }]);
        await until('the role', async () => (await seen()) === `t|{${role}}`, MINUTE);
        await world.sql(LITELLM, `GRANT pg_monitor TO ${OTHER.role}`);
        await roles.declare([{ ...declared, inRoles: [role] }]);
        await until('NOLOGIN and the one membership', async () => (await seen()) === `f|{${role}}`, MINUTE);
      } finally {
        await roles.forgetOther();
      }
    },
    3 * MINUTE,
  );

  it(
    'makes the deleted pod of the one instance again, on the same data, and settles on the Secret of now',
    async () => {
      const { world } = harness;
      const pod = { namespace, name: `${cluster}-1` };
      const { metadata } = await world.core.readNamespacedPod(pod);
      const password = await world.password(LITELLM);
      await world.sql(LITELLM, 'CREATE TABLE survivor AS SELECT 42 AS answer');
      try {
        await world.core.deleteNamespacedPod({ ...pod, gracePeriodSeconds: 2 });
        const uid = async (): Promise<string | undefined> =>
          (await world.core.readNamespacedPod(pod).catch(() => undefined))?.metadata?.uid;
        await until(
          'another pod',
          async () => ((await uid()) ?? metadata?.uid) !== metadata?.uid && (await world.isWell()),
          2 * MINUTE,
        );
        expect(await world.accepts(LITELLM, password)).toBe(true);
        expect(await world.sql(LITELLM, 'SELECT answer FROM survivor')).toBe('42');
        const changed = newPassword();
        await editByHand(world, LITELLM, changed, 'the specification');
        await roles.untilApplied();
        expect(await world.accepts(LITELLM, changed)).toBe(true);
      } finally {
        await world.sql(LITELLM, 'DROP TABLE IF EXISTS survivor');
      }
    },
    4 * MINUTE,
  );

  it(
    'complains of a Secret of the database’s owner that names another user, and applies the managed roles all the same',
    async () => {
      const { world } = harness;
      await roles.putOtherSecret({ username: 'somebody', password: newPassword() });
      const point = (to: string): Promise<void> =>
        roles.change('Cluster', cluster, { spec: { bootstrap: { initdb: { secret: { name: to } } } } });
      try {
        await point(OTHER.secret);
        const password = newPassword();
        await editByHand(world, LITELLM, password, 'the specification');
        await roles.untilPrinted(`wrong username 'somebody' in secret, expected '${role}'`);
        await roles.untilApplied();
        expect(await world.accepts(LITELLM, password)).toBe(true);
      } finally {
        await point(secret);
        await world.core.deleteNamespacedSecret({ namespace, name: OTHER.secret });
      }
    },
    3 * MINUTE,
  );
});
