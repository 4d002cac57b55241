import pg from 'pg';
import { awaitReport } from '../../src/client/rotate.ts';
import { useHarness, LITELLM, ownWarnings } from './support/harness.ts';
import { expectExactlyOnePassword } from './support/one-password.ts';
import { until } from './support/programs.ts';

const MINUTE = 60_000;
const { namespace, secret: LIVE } = LITELLM;
const ENV = 'litellm-env';
const READER = 'litellm-worker';

const harness = useHarness({ asAdministrator: true, worker: true });

describe('a component with a second Secret and a second workload', () => {
  it(
    'has both Secrets changed together and both workloads restarted, each proven for what it reads',
    async () => {
      const { world } = harness;
      const { password: old = '', uri = '' } = await world.secret(LITELLM);
      await world.apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: ENV, namespace },
        stringData: { DATABASE_URL: uri, SALT: 'not-a-password' },
      });
      await deployReader();
      try {
        const report = await harness.rotate();
        expect(report).toMatchObject({ outcome: 'rotated', secrets: [LIVE, ENV] });
        expect(ownWarnings(report)).toEqual([
          expect.stringContaining(`${READER} has no readiness probe`),
          expect.stringContaining(`${READER} has one replica`),
        ]);
        expect(report.workloads).toEqual([
          { kind: 'Deployment', name: 'litellm', secrets: [LIVE] },
          { kind: 'StatefulSet', name: READER, secrets: [LIVE, ENV] },
        ]);
        expect(report.steps.find(({ step }) => step === 'restart')?.detail).toContain(
          `StatefulSet ${READER}: 1 new pod ready`,
        );
        const { password = '' } = await world.secret(LITELLM);
        const env = await world.secret({ ...LITELLM, secret: ENV });
        expect(env).toEqual({ DATABASE_URL: uri.replace(old, password), SALT: 'not-a-password' });
      } finally {
        await world.apps.deleteNamespacedStatefulSet({ namespace, name: READER });
        await world.core.deleteNamespacedSecret({ namespace, name: ENV });
      }
    },
    5 * MINUTE,
  );
});

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
      expect(ownWarnings(spared)).toEqual([expect.stringContaining('1 sessions of role "litellm"')]);
      await expect(session.query('SELECT 1')).resolves.toBeDefined();
      await session.end();

      const another = await openSession();
      const ended = new Promise((resolve) => another.once('end', () => resolve('ended')));
      const ending = await harness.rotate(LITELLM.name, { endOldSessions: true });
      expect(ending.outcome).toBe('rotated');
      expect(ownWarnings(ending)).toEqual([]);
      await expect(ended).resolves.toBe('ended');
      expect(await world.accepts(LITELLM, await world.password(LITELLM))).toBe(true);
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

/** A worker beside the application: another kind of workload, which reads both Secrets. */
async function deployReader(): Promise<void> {
  const { world } = harness;
  const { imageName } = (await world.cluster(LITELLM)).spec as { imageName: string };
  const labels = { app: READER };
  await world.apply({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: READER, namespace, annotations: { 'reloader.stakater.com/auto': 'true' } },
    spec: {
      replicas: 1,
      serviceName: READER,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'worker',
              image: imageName,
              imagePullPolicy: 'IfNotPresent',
              command: ['sleep', 'infinity'],
              envFrom: [{ secretRef: { name: ENV } }],
            },
          ],
          volumes: [{ name: 'credential', secret: { secretName: LIVE } }],
        },
      },
    },
  });
  await until(
    `${READER} to be ready`,
    async () => (await world.apps.readNamespacedStatefulSet({ namespace, name: READER })).status?.readyReplicas === 1,
    MINUTE,
  );
}
