import { awaitAdoption, startAdoption } from '../../src/client/adopt.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import { deletePod, fillLog, findPostmaster, switchOver } from './support/faults.ts';
import { LANGFUSE, ownWarnings, useHarness } from './support/harness.ts';
import { inStep, reportAfter } from './support/in-step.ts';
import { LoginTally } from './support/login-tally.ts';
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
      expect((await reportAfter(killed, handle)).outcome).toBe('rotated');
      expect(await findPostmaster(world, LANGFUSE.namespace, primary)).not.toBe(postmaster);
      await expectExactlyOnePassword(world, LANGFUSE, { invalid: [oldPassword] });
    },
    4 * MINUTE,
  );
});

describe('PostgreSQL’s log, of which the kubelet begins a new file', () => {
  it(
    'in the restart: the report says that at least so many logins were refused, and why it may be more',
    async () => {
      const { world } = harness;
      const primary = await world.primary(LANGFUSE);
      const begun = inStep(harness, LANGFUSE, 'restart', () => fillLog(world, LANGFUSE));
      const report = await reportAfter(begun, await harness.startRotation(LANGFUSE.name));
      expect(report).toMatchObject({ outcome: 'rotated', refusedLogins: { atLeast: true } });
      expect(ownWarnings(report)).toEqual([
        expect.stringMatching(new RegExp(`may have been more refused logins .*Pod ai-system/${primary} logged since`)),
      ]);
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
      const report = await reportAfter(deleted, handle);
      expect(report.outcome).toBe('rotated');
      const after = await world.primary(DUO);
      expect(after).not.toBe(before);
      await untilDuoIsWell(world);
      await expectExactlyOnePassword(world, DUO, { invalid: [oldPassword] });
    },
    6 * MINUTE,
  );
});

describe('the primary switched over, while alternating roles take turns', () => {
  it(
    'in the restart: the rotation ends as it would have, and no login is refused for its password',
    async () => {
      const { world, temporal } = harness;
      const adopted = await awaitAdoption(await startAdoption(temporal.client, TASK_QUEUE, { component: DUO.name }));
      expect(adopted.outcome).toBe('adopted');
      const tally = new LoginTally(world, DUO);
      const { password: oldPassword = '' } = await world.secret(DUO);
      const before = await world.primary(DUO);
      const switched = inStep(harness, DUO, 'restart', () => switchOver(world, DUO));
      const handle = await harness.startRotation(DUO.name, { strategy: 'alternating' });
      const report = await reportAfter(switched, handle);
      const { accepted, others } = await tally.stop();
      expect(report).toMatchObject({ outcome: 'rotated', refusedLogins: { count: 0 } });
      expect(accepted).toBeGreaterThan(100);
      // A server that ends refuses for that reason, which is another class.
      expect(others.filter((line) => line.includes('sqlstate=28'))).toEqual([]);
      expect(await world.primary(DUO)).not.toBe(before);
      const { username, password = '' } = await world.secret(DUO);
      expect(username).toBe('duo_b');
      expect(await world.accepts(DUO, password, 'duo_b')).toBe(true);
      expect(await world.accepts(DUO, oldPassword, 'duo_a')).toBe(false);
    },
    6 * MINUTE,
  );
});
