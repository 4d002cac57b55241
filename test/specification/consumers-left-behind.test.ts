import { KubernetesObjectApi, type V1Pod } from '@kubernetes/client-node';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { CLI, run, type Finished } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { consumerManifest, type Consumer } from '../harness/world/consumers.ts';

const MINUTE = 60_000;
const { namespace: HOME, secret: SECRET } = LITELLM;
/** Which the catalogue names. */
const APPS = 'apps';
/** Which nobody names. */
const STRANGERS = 'strangers';
const ENV = { name: 'litellm-env', key: 'DATABASE_URL' };

/** Five kinds beside the component's own Deployment of two. */
const CONSUMERS: readonly Consumer[] = [
  { kind: 'StatefulSet', namespace: HOME, name: 'ordered', replicas: 3, secret: { name: SECRET, key: 'uri' } },
  { kind: 'ReplicaSet', namespace: HOME, name: 'bare', replicas: 1, secret: { name: SECRET, key: 'uri' } },
  { kind: 'Rollout', namespace: APPS, name: 'canary', replicas: 2, secret: ENV },
  {
    ...{ kind: 'Job', namespace: HOME, name: 'nightly', replicas: 1, secret: { name: SECRET, key: 'uri' } },
    env: { ENDS_AFTER: '90s' },
  },
  {
    ...{ kind: 'Deployment', namespace: STRANGERS, name: 'stranger', replicas: 1, secret: ENV },
    // It keeps a connection, as applications do, so its session is seen.
    env: { POOL_LIFETIME: '1h', PGAPPNAME: 'stranger' },
  },
];

// Before the harness is closed, which looks for passwords in what is left.
afterAll(async () => {
  const objects = KubernetesObjectApi.makeApiClient(harness.world.config);
  for (const consumer of CONSUMERS)
    await objects
      .delete(consumerManifest(consumer), undefined, undefined, undefined, undefined, 'Background')
      .catch(() => undefined);
  for (const name of [APPS, STRANGERS]) await harness.world.core.deleteNamespace({ name }).catch(() => undefined);
}, 2 * MINUTE);

const harness = useHarness({
  catalogue: JSON.stringify({
    components: [{ name: LITELLM.name, namespace: HOME, consumers: [{ namespace: APPS }] }],
  }),
  components: ['litellm'],
  mayReachConsumers: true,
  rollouts: true,
  worker: true,
});

beforeAll(async () => {
  const { world } = harness;
  const { uri = '' } = await world.secret(LITELLM);
  for (const namespace of [APPS, STRANGERS]) {
    await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const stringData = { [ENV.key]: uri.replace(`@${LITELLM.cluster}-rw`, `@${LITELLM.cluster}-rw.${HOME}`) };
    await world.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: ENV.name }, stringData });
  }
  for (const consumer of CONSUMERS) await world.apply(consumerManifest(consumer));
  for (const { kind, namespace, name, replicas } of CONSUMERS)
    await until(
      `the pods of ${kind} ${name} to log in`,
      async () => (await lastLines(namespace, name)).filter(isAccepted).length === replicas,
      2 * MINUTE,
    );
}, 5 * MINUTE);

describe('six consumers of six kinds in three namespaces', () => {
  let report: RotationReport;

  it(
    'are all named by check before anything is written, the one that the catalogue does not know too',
    async () => {
      const { code, stdout } = await cli('check', LITELLM.name);
      expect({ code, stdout }).toMatchObject({ code: 0 });
      for (const name of [LITELLM.name, 'ordered', 'bare', 'canary', 'nightly']) expect(stdout).toContain(name);
      expect(stdout).toMatch(/strangers\/stranger-/);
    },
    2 * MINUTE,
  );

  it(
    'have the new password after a rotation, but the unknown one, which is named, and the command ends with 4',
    async () => {
      const { world } = harness;
      const old = await world.password(LITELLM);
      const { code, stdout, stderr } = await cli(
        ...['rotate', LITELLM.name, '--yes', '--watch-seconds', '10', '--output', 'json'],
      );
      expect({ code, stdout: code === 4 ? '' : stdout, stderr: code === 4 ? '' : stderr }).toMatchObject({ code: 4 });
      report = JSON.parse(stdout) as RotationReport;
      expect(report.outcome).toBe('rotated');
      const { leftBehind = [] } = report as { leftBehind?: readonly { namespace?: string; pod?: string }[] };
      // The harness logs in too, from the node, which is nobody's pod.
      const pods = leftBehind.filter(({ pod }) => pod !== undefined);
      expect(pods.length).toBeGreaterThan(0);
      for (const client of pods)
        expect(client).toMatchObject({ namespace: STRANGERS, pod: expect.stringMatching(/^stranger-/) as string });
      await expectExactlyOnePassword(world, LITELLM, { invalid: [old] });
    },
    15 * MINUTE,
  );

  it(
    'log in afterwards without a refusal, all but the unknown one',
    async () => {
      const since = 10;
      await new Promise((resolve) => setTimeout(resolve, since * 1_000));
      for (const { kind, namespace, name, replicas } of CONSUMERS) {
        const lines = await recentLines(namespace, name, since);
        const refused = lines.filter((line) => line.includes(' refused '));
        // The unknown one keeps connections, so it may be refused at longer intervals. The test before shows its name.
        if (namespace !== STRANGERS) expect({ name, refused }).toEqual({ name, refused: [] });
        if (kind !== 'Job' && namespace !== STRANGERS)
          expect((await lastLines(namespace, name)).filter(isAccepted).length).toBe(replicas);
      }
    },
    2 * MINUTE,
  );

  it(
    'leave a warning as an Event',
    async () => {
      const { items } = await harness.world.core.listNamespacedEvent({ namespace: HOME });
      const warnings = items.filter(({ type, reason }) => type === 'Warning' && /LeftBehind/.test(reason ?? ''));
      expect(warnings.map(({ message }) => message ?? '').join('\n')).toContain('stranger-');
    },
    MINUTE,
  );
});

function cli(...argv: readonly string[]): Promise<Finished> {
  return run('node', [CLI, ...argv], harness.environment);
}

const isAccepted = (line: string): boolean => line.includes(' accepted ');

/** Pods of a consumer that are not being ended. */
async function podsOf(namespace: string, name: string): Promise<readonly V1Pod[]> {
  const { items } = await harness.world.core.listNamespacedPod({ namespace, labelSelector: `app=${name}` });
  return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
}

/** What each pod printed last. */
async function lastLines(namespace: string, name: string): Promise<readonly string[]> {
  const pods = await podsOf(namespace, name);
  return Promise.all(pods.map((pod) => log(pod, { tailLines: 1 })));
}

async function recentLines(namespace: string, name: string, sinceSeconds: number): Promise<readonly string[]> {
  const pods = await podsOf(namespace, name);
  return (await Promise.all(pods.map((pod) => log(pod, { sinceSeconds })))).flatMap((text) => text.split('\n'));
}

function log({ metadata }: V1Pod, limit: { tailLines?: number; sinceSeconds?: number }): Promise<string> {
  const { namespace = '', name = '' } = metadata ?? {};
  return harness.world.core.readNamespacedPodLog({ namespace, name, ...limit }).catch(() => '');
}
