import { LITELLM, useHarness } from '../harness/harness.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { CLI } from '../../sandbox/harness/programs.ts';

const MINUTE = 60_000;

const harness = useHarness({ components: ['litellm'], worker: true });

describe('cnpg-rotate rotate whose Temporal server is killed', () => {
  it(
    'says so, goes on when the server is back, and ends with the exit code of the outcome',
    async () => {
      const { world, temporal } = harness;
      const oldPassword = await world.password(LITELLM);
      const rotating = harness.startProgram([CLI, 'rotate', LITELLM.name]);
      await rotating.printed(/✓ publish/);
      await temporal.crash(() => rotating.printed(/Temporal does not answer/));
      expect(await rotating.ended).toBe(0);
      expect(rotating.output).toMatch(/Temporal answers again[^]*litellm: rotated/);
      await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
    },
    3 * MINUTE,
  );
});
