import { randomBytes } from 'node:crypto';
import { hasPasswordFixes } from '../../src/domain/preflight/index.ts';
import { editByHand } from '../harness/faults/faults.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { ManagedRoles, OTHER } from '../harness/world/managed-roles.ts';
import { VERSIONS_UNDER_TEST } from '../../sandbox/harness/sandbox-under-test.ts';

const MINUTE = 60_000;
const newPassword = (): string => randomBytes(24).toString('base64url');

describe.each(VERSIONS_UNDER_TEST)('the bad Secret of another managed role, with CloudNativePG %s', (cnpg) => {
  const harness = useHarness({ components: ['litellm'], cnpg });
  const roles = new ManagedRoles(() => harness.world, LITELLM);

  it(
    'stops each role’s password before 1.28.4 and 1.29.2 until it is mended, and only its own later',
    async () => {
      const { world } = harness;
      await roles.putOtherSecret({ username: 'somebody', password: newPassword() });
      await roles.declare([{ name: OTHER.role, ensure: 'present', passwordSecret: { name: OTHER.secret } }]);
      try {
        const password = newPassword();
        if (hasPasswordFixes(await world.cnpgVersion(), false)) {
          await roles.untilComplaint(`the username in secret "${OTHER.secret}" does not match role "${OTHER.role}"`);
          await editByHand(world, LITELLM, password, 'the specification');
          await roles.untilApplied();
          expect(await world.accepts(LITELLM, password)).toBe(true);
        } else {
          await roles.untilPrinted(`wrong username 'somebody' in secret, expected '${OTHER.role}'`);
          await editByHand(world, LITELLM, password, 'the specification');
          // What it says of this other name comes later than the change, which it has seen then.
          await roles.putOtherSecret({ username: 'nobody' });
          await roles.untilPrinted(`wrong username 'nobody' in secret, expected '${OTHER.role}'`);
          expect(await roles.isApplied()).toBe(false);
          expect(await world.accepts(LITELLM, password)).toBe(false);
        }
        await roles.putOtherSecret({ username: OTHER.role });
        await roles.untilApplied();
        expect(await world.accepts(LITELLM, password)).toBe(true);
        await roles.untilOtherIsThere();
      } finally {
        await roles.forgetOther();
      }
    },
    4 * MINUTE,
  );
});
