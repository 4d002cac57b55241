import { awaitReport } from '../../src/client/rotate.ts';
import { deletePod, findPostmaster } from './support/faults.ts';
import { LANGFUSE, useHarness } from './support/harness.ts';
import { inStep } from './support/in-step.ts';
import { expectExactlyOnePassword } from './support/one-password.ts';
import { createDuo, DUO, removeDuo, untilDuoIsWell } from './support/own-cluster.ts';

const MINUTE = 60_000;

const CATALOGUE = `components:
  - {name: langfuse, namespace: ai-system}
  - {name: duo, namespace: ai-system}
`;

const harness = useHarness({ catalogue: CATALOGUE, asAdministrator: true, throughProxy: true, worker: true });

/** It takes most of a minute to make, during which another test runs. */
let duo: Promise<void> = Promise.resolve();

beforeAll(() => {
  duo = createDuo(harness.world);
  duo.catch(() => undefined);
});

afterAll(() => removeDuo(harness.world), 2 * MINUTE);

describe('PostgreSQL killed with SIGKILL', () => {
  it(
    'in sync: the rotation waits until it is back, and ends as it would have',
    async () => {
      const { world } = harness;
      const oldPassword = await world.password(LANGFUSE);
      const primary = await world.primary(LANGFUSE);
      const postmaster = await findPostmaster(world, LANGFUSE.namespace, primary);
      const killed = inStep(harness, LANGFUSE, 'sync', () => {
        process.kill(postmaster, 'SIGKILL');
        return Promise.resolve();
      });
      const handle = await harness.startRotation(LANGFUSE.name);
      await killed;
      expect((await awaitReport(handle)).outcome).toBe('rotated');
      expect(await findPostmaster(world, LANGFUSE.namespace, primary)).not.toBe(postmaster);
      await expectExactlyOnePassword(world, LANGFUSE, { invalid: [oldPassword] });
    },
    4 * MINUTE,
  );
});

describe('the primary’s pod deleted, of a Cluster with two instances', () => {
  it(
    'in sync: the rotation proves the password on the new primary, and ends as it would have',
    async () => {
      const { world } = harness;
      await duo;
      const oldPassword = await world.password(DUO);
      const before = await world.primary(DUO);
      const deleted = inStep(harness, DUO, 'sync', () => deletePod(world, DUO.namespace, before));
      const handle = await harness.startRotation(DUO.name);
      await deleted;
      const report = await awaitReport(handle);
      expect(report.outcome).toBe('rotated');
      const after = await world.primary(DUO);
      expect(after).not.toBe(before);
      await untilDuoIsWell(world);
      await expectExactlyOnePassword(world, DUO, { invalid: [oldPassword] });
    },
    6 * MINUTE,
  );
});
