import { awaitReport } from '../../src/client/rotate.ts';
import { hasPasswordFixes } from '../../src/domain/preflight/index.ts';
import { findSecrets } from '../../sandbox/harness/secret-scan.ts';
import { useHarness, LITELLM } from '../harness/harness.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { until } from '../../sandbox/harness/until.ts';

const MINUTE = 60_000;

// Before the harness closes: Jest goes through these in the order in which they are declared.
afterAll(() => harness.world.scaleOperator(1), 2 * MINUTE);
const harness = useHarness({ components: ['litellm'] });

/**
 * CNPG sets the password of a database's owner in two ways, which may meet: PostgreSQL logs the statement of the
 * one that fails, before 1.28.4 and 1.29.2 with the plaintext. Preflight warns of such a version; what is looked for is
 * what we leave.
 */
function withoutCnpgsOwn(log: string, cnpg: string): string {
  if (hasPasswordFixes(cnpg, false)) return log;
  return log
    .split('\n')
    .filter((line) => !line.includes('"message":"tuple concurrently updated"'))
    .join('\n');
}

describe('with CNPG’s operator down', () => {
  it(
    'the emergency ALTER USER sets the password, and CNPG settles on the same one when it is back',
    async () => {
      const { world, temporal } = harness;
      const worker = await harness.startWorker();
      const before = await world.needles(LITELLM, 'old');
      const oldPassword = before[0]?.text ?? '';
      await world.scaleOperator(0);

      const startedAt = Date.now();
      const handle = await harness.startRotation();
      const report = await awaitReport(handle);
      expect(report.outcome).toBe('rotated');
      // Nobody waits for an operator that does not answer: the application's logins would be refused meanwhile.
      expect(report.steps.map(({ step }) => step)).not.toContain('sync');
      expect(report.steps.find(({ step }) => step === 'emergency')?.detail).toContain('no sync, because');

      const newPassword = await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
      const needles = [...before, ...(await world.needles(LITELLM, 'new'))];

      await world.scaleOperator(1);
      let refusals = 0;
      await until(
        'CNPG to apply the live Secret',
        async () => {
          if (!(await world.accepts(LITELLM, newPassword))) refusals += 1;
          const { status } = await world.cluster(LITELLM);
          const applied = status?.managedRolesStatus?.passwordStatus?.['litellm']?.resourceVersion;
          const live = (await world.core.readNamespacedSecret({ namespace: LITELLM.namespace, name: LITELLM.secret }))
            .metadata?.resourceVersion;
          return applied !== undefined && applied === live;
        },
        3 * MINUTE,
      );
      expect(refusals).toBe(0);
      await expectExactlyOnePassword(world, LITELLM, { valid: newPassword, invalid: [oldPassword] });

      // What an older CNPG logged of the first password when it made the cluster is not of this rotation.
      const primaryLog = withoutCnpgsOwn(
        await world.postgresLog(LITELLM, new Date(startedAt)),
        await world.cnpgVersion(),
      );
      const found = findSecrets(
        [
          ...(await temporal.history(handle.workflowId)),
          { name: 'the worker’s log', text: worker.output },
          { name: 'PostgreSQL’s log', text: primaryLog },
        ],
        needles,
      );
      expect(found).toEqual([]);
    },
    8 * MINUTE,
  );
});
