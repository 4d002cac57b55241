import pg from 'pg';
import { awaitReport } from '../../src/client/rotate.ts';
import { LANGFUSE, LITELLM, ownWarnings, useHarness } from '../harness/harness.ts';
import { processesOf } from '../harness/proofs/node-processes.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { until } from '../../sandbox/harness/until.ts';
import { deployReader } from '../harness/world/secret-reader.ts';

const MINUTE = 60_000;
const { namespace } = LITELLM;

const harness = useHarness({ worker: true });

describe('what the rotation did to those who logged in meanwhile', () => {
  it(
    'is in the report: the refused logins of the application, by client, from PostgreSQL’s own log',
    async () => {
      const { world } = harness;
      const report = await harness.rotate();
      const { refusedLogins } = report;
      expect(ownWarnings(report)).toEqual([]);
      // In place, old pods are refused until they are replaced: the application itself printed that.
      expect(refusedLogins?.count).toBeGreaterThan(0);
      expect(refusedLogins?.windowSeconds).toBeGreaterThan(0);
      const clients = refusedLogins?.byClient ?? [];
      expect(clients.reduce((sum, { count }) => sum + count, 0)).toBe(refusedLogins?.count);
      for (const { client } of clients) expect(client).toMatch(/^10\.244\./);
      expect((await world.applicationPods(LITELLM)).length).toBe(2);
    },
    4 * MINUTE,
  );

  it(
    'is a warning where a session with the old password lives on, and endOldSessions ends it',
    async () => {
      const { world } = harness;
      const session = await openSession();
      const spared = await harness.rotate();
      expect(ownWarnings(spared)).toEqual([
        expect.stringContaining('no consumer that the rotation knows'),
        expect.stringContaining('1 sessions of role "litellm"'),
      ]);
      await expect(session.query('SELECT 1')).resolves.toBeDefined();
      await session.end();

      const another = await openSession();
      const ended = new Promise((resolve) => another.once('end', () => resolve('ended')));
      const ending = await harness.rotate(LITELLM.name, { endOldSessions: true });
      expect(ending.outcome).toBe('rotated');
      expect(ownWarnings(ending)).toEqual([expect.stringContaining('no consumer that the rotation knows')]);
      await expect(ended).resolves.toBe('ended');
      expect(await world.accepts(LITELLM, await world.password(LITELLM))).toBe(true);
    },
    5 * MINUTE,
  );
});

describe('a workload that reads the Secrets of two components and that Reloader does not watch', () => {
  const name = 'reader-of-two';

  it(
    'is restarted once for each, when both are rotated at once',
    async () => {
      const { world } = harness;
      const env = [LITELLM, LANGFUSE].map(({ name: of, secret }) => ({
        name: `PASSWORD_OF_${of.toUpperCase()}`,
        valueFrom: { secretKeyRef: { name: secret, key: 'password' } },
      }));
      await deployReader(world, LITELLM, { kind: 'Deployment', name, watched: false, container: { env } });
      const generation = async (): Promise<number> =>
        (await world.apps.readNamespacedDeployment({ namespace, name })).metadata?.generation ?? 0;
      const before = await generation();
      try {
        const reports = await Promise.all([LITELLM, LANGFUSE].map((component) => harness.rotate(component.name)));
        expect(reports.map(({ outcome }) => outcome)).toEqual(['rotated', 'rotated']);
        expect((await generation()) - before).toBe(2);
        const passwords = await Promise.all([LITELLM, LANGFUSE].map((component) => world.password(component)));
        const { items } = await world.core.listNamespacedPod({ namespace, labelSelector: `app=${name}` });
        const living = items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
        const environment = processesOf(living[0]?.metadata?.uid ?? '').flatMap((process) => process.environment);
        expect(living.length).toBe(1);
        for (const password of passwords)
          expect(environment.some((variable) => variable.includes(password))).toBe(true);
      } finally {
        await world.apps.deleteNamespacedDeployment({ namespace, name });
      }
    },
    5 * MINUTE,
  );
});

describe('a rotation whose workflow was terminated', () => {
  it(
    'is taken over by the next one',
    async () => {
      const { world } = harness;
      const dead = await harness.startRotation();
      await until(
        'the restart',
        async () => (await harness.progress(dead))?.steps.some(({ step }) => step === 'restart'),
        MINUTE,
      );
      await dead.terminate('the test');
      const oldPassword = await world.password(LITELLM);
      const report = await awaitReport(await harness.startRotation());
      expect(report.outcome).toBe('rotated');
      await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
    },
    5 * MINUTE,
  );
});

/** A session with the password of now, such as a pool keeps: through the Service's address, which the sandbox's host can reach. */
async function openSession(): Promise<pg.Client> {
  const { world } = harness;
  const { spec } = await world.core.readNamespacedService({ namespace, name: `${LITELLM.cluster}-rw` });
  const session = new pg.Client({
    host: spec?.clusterIP ?? '',
    user: LITELLM.role,
    database: LITELLM.database,
    password: await world.password(LITELLM),
  });
  session.on('error', () => undefined);
  await session.connect();
  return session;
}
