import { awaitAdoption, startAdoption } from '../../src/client/adopt.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import { deletePod, fillLog, findPostmaster, switchOver } from '../harness/faults/faults.ts';
import { LANGFUSE, ownWarnings, useHarness } from '../harness/harness.ts';
import { actInStep, reportAfter } from '../harness/faults/act-in-step.ts';
import { LoginTally } from '../harness/world/login-tally.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import {
  createTwoInstances,
  TWO_INSTANCES,
  removeTwoInstances,
  untilTwoInstancesAreWell,
} from '../harness/world/two-instance-component.ts';

const MINUTE = 60_000;

const CATALOGUE = `components:
  - {name: langfuse, namespace: ai-system}
  - {name: duo, namespace: ai-system}
`;

const harness = useHarness({ catalogue: CATALOGUE, asAdministrator: true, throughProxy: true, worker: true });

/** It takes most of a minute to make, during which another test runs. */
let duo: Promise<void> = Promise.resolve();

beforeAll(() => {
  duo = createTwoInstances(harness.world);
  duo.catch(() => undefined);
});

afterAll(() => removeTwoInstances(harness.world), 2 * MINUTE);

describe('PostgreSQL killed with SIGKILL', () => {
  it(
    'in sync: the rotation waits until it is back, and ends as it would have',
    async () => {
      const { world } = harness;
      const oldPassword = await world.password(LANGFUSE);
      const primary = await world.primary(LANGFUSE);
      const postmaster = await findPostmaster(world, LANGFUSE.namespace, primary);
      const killed = actInStep(harness, LANGFUSE, 'sync', () => {
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
      const begun = actInStep(harness, LANGFUSE, 'restart', () => fillLog(world, LANGFUSE));
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
      const oldPassword = await world.password(TWO_INSTANCES);
      const before = await world.primary(TWO_INSTANCES);
      const deleted = actInStep(harness, TWO_INSTANCES, 'sync', () =>
        deletePod(world, TWO_INSTANCES.namespace, before),
      );
      const handle = await harness.startRotation(TWO_INSTANCES.name);
      const report = await reportAfter(deleted, handle);
      expect(report.outcome).toBe('rotated');
      const after = await world.primary(TWO_INSTANCES);
      expect(after).not.toBe(before);
      await untilTwoInstancesAreWell(world);
      await expectExactlyOnePassword(world, TWO_INSTANCES, { invalid: [oldPassword] });
    },
    6 * MINUTE,
  );
});

describe('the primary switched over, while alternating roles take turns', () => {
  it(
    'in the restart: the rotation ends as it would have, and no login is refused for its password',
    async () => {
      const { world, temporal } = harness;
      const adopted = await awaitAdoption(
        await startAdoption(temporal.client, TASK_QUEUE, { component: TWO_INSTANCES.name }),
      );
      expect(adopted.outcome).toBe('adopted');
      const tally = new LoginTally(world, TWO_INSTANCES);
      const { password: oldPassword = '' } = await world.secret(TWO_INSTANCES);
      const before = await world.primary(TWO_INSTANCES);
      const switched = actInStep(harness, TWO_INSTANCES, 'restart', () => switchOver(world, TWO_INSTANCES));
      const handle = await harness.startRotation(TWO_INSTANCES.name, { strategy: 'alternating' });
      const report = await reportAfter(switched, handle);
      const { accepted, others } = await tally.stop();
      expect(report).toMatchObject({ outcome: 'rotated', refusedLogins: { count: 0 } });
      expect(accepted).toBeGreaterThan(100);
      // A server that ends refuses for that reason, which is another class.
      expect(others.filter((line) => line.includes('sqlstate=28'))).toEqual([]);
      expect(await world.primary(TWO_INSTANCES)).not.toBe(before);
      const { username, password = '' } = await world.secret(TWO_INSTANCES);
      expect(username).toBe('duo_b');
      expect(await world.accepts(TWO_INSTANCES, password, 'duo_b')).toBe(true);
      expect(await world.accepts(TWO_INSTANCES, oldPassword, 'duo_a')).toBe(false);
    },
    6 * MINUTE,
  );
});
