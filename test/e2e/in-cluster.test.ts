import type { V1Pod } from '@kubernetes/client-node';
import { awaitReport, type RotationHandle } from '../../src/client/rotate.ts';
import type { AdoptionReport } from '../../src/domain/adopt/index.ts';
import type { BatchReport } from '../../src/domain/batch/batch.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import type { Step } from '../../src/domain/steps.ts';
import { CLI, run } from '../../sandbox/harness/programs.ts';
import { TemporalService } from '../../sandbox/real/temporal-service.ts';
import { openSandbox } from '../../sandbox/harness/sandbox-under-test.ts';
import { until } from '../../sandbox/harness/until.ts';
import { DRAGONFLY, LANGFUSE, LITELLM, OBOT, useHarness } from '../harness/harness.ts';
import { PodLogs } from '../harness/in-cluster/pod-logs.ts';
import { prepareRelease, Release } from '../harness/in-cluster/release.ts';
import { expectExactlyOnePassword, expectNewPasswords, passwordsOf } from '../harness/proofs/password-agreement.ts';
import { LoginTally } from '../harness/world/login-tally.ts';

/*
 * The worker in the cluster, as docs/installing.md installs it: the image, the chart with its rights and nothing else.
 * The sandbox enforces no NetworkPolicy.
 */

const MINUTE = 60_000;

let image: string;
let release: Release;
let temporalService: TemporalService | undefined;
let logs: PodLogs | undefined;

// Before the harness notes what is written from now on: the image is large.
beforeAll(async () => {
  await (await openSandbox()).close();
  image = await prepareRelease();
}, 20 * MINUTE);
// Before the harness closes, which looks for what the worker has left.
afterAll(async () => {
  await harness.world.scaleOperator(1);
  await harness.endRunningWorkflows();
  if ((await harness.world.secret(LITELLM))['username'] !== LITELLM.role) {
    await release.upgrade(['rights.adoption=true']);
    await cnpgRotate('adopt', 'litellm', '--undo');
  }
  await logs?.stop();
  await release.uninstall();
  await temporalService?.stop();
}, 8 * MINUTE);

const harness = useHarness({ asAdministrator: true });

beforeAll(async () => {
  const { world, temporal, traces } = harness;
  temporalService = await TemporalService.start(world.config, temporal.environment['TEMPORAL_ADDRESS'] ?? '');
  release = new Release(world, image, temporal.folder);
  await release.uninstall();
  await release.removeManifests();
  await release.install();
  logs = new PodLogs(release, traces.folder);
}, 8 * MINUTE);

/** The command line of somebody who reaches Temporal and no Kubernetes. */
async function cnpgRotate(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly text: string }> {
  const environment = { TEMPORAL_ADDRESS: harness.environment['TEMPORAL_ADDRESS'] ?? '', KUBECONFIG: '/nowhere' };
  const { code, stdout, stderr } = await run('node', [CLI, ...args], environment);
  return { code, text: stdout + stderr };
}

/** Starts a rotation and waits until it is in a step. */
async function rotateTo(wanted: Step): Promise<RotationHandle> {
  const handle = await harness.startRotation();
  await until(
    wanted,
    async () => (await harness.progress(handle))?.steps.some(({ step }) => step === wanted),
    2 * MINUTE,
  );
  return handle;
}

/** The pod whose worker has the rotation's activity now. */
async function podAtWork(handle: RotationHandle): Promise<V1Pod> {
  return until(
    'a pod to work on the rotation',
    async () => {
      const { raw } = await handle.describe();
      const identities = (raw.pendingActivities ?? []).map(({ lastWorkerIdentity }) => lastWorkerIdentity ?? '');
      const pods = await release.pods();
      return pods.find(({ metadata }) => identities.some((identity) => identity.includes(metadata?.name ?? '?')));
    },
    MINUTE,
  );
}

const uidsOf = (pods: readonly V1Pod[]): readonly string[] => pods.map(({ metadata }) => metadata?.uid ?? '');

describe('the worker that Helm installs', () => {
  it(
    'runs as nobody in particular, on a disk that it cannot write, with Node.js and without npm',
    async () => {
      expect(await release.pods()).toHaveLength(2);
      const look =
        'id -u; node --version; command -v npm npx corepack; touch /app/file /usr/file; touch /tmp/file && echo';
      const { stdout, stderr } = await release.exec('sh', '-c', look);
      expect(stdout.trim().split('\n')).toEqual(['1000', expect.stringMatching(/^v24\./)]);
      expect(stderr.match(/Read-only file system/g)).toHaveLength(2);
    },
    MINUTE,
  );

  it(
    'has the rights for all four components, and says that there is no emergency',
    async () => {
      const { code, text } = await cnpgRotate('check', '--output', 'json');
      expect(code).toBe(0);
      expect(text).toContain(
        'there is no emergency ALTER USER, so a rotation that CNPG does not finish is rolled back',
      );
      expect(text).not.toContain('"rights-are-granted"');
    },
    2 * MINUTE,
  );

  it(
    'rotates a password, by the command line in its own pod',
    async () => {
      const old = await harness.world.password(LITELLM);
      const { code, stdout, stderr } = await release.exec('cnpg-rotate', 'rotate', 'litellm', '--output', 'json');
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rotated', component: 'litellm' });
      await expectExactlyOnePassword(harness.world, LITELLM, { invalid: [old] });
    },
    4 * MINUTE,
  );

  it(
    'rotates the whole catalogue by one start',
    async () => {
      const components = [LITELLM, LANGFUSE, OBOT, DRAGONFLY];
      const old = await passwordsOf(harness.world, components);
      const { code, text } = await cnpgRotate('batch', '--output', 'json');
      expect(code).toBe(0);
      expect((JSON.parse(text) as BatchReport).components.map(({ outcome }) => outcome)).toEqual(
        components.map(() => 'rotated'),
      );
      await expectNewPasswords(harness.world, components, old);
    },
    8 * MINUTE,
  );
});

describe('a rotation whose worker goes away ends "rotated"', () => {
  let old: string;
  let before: readonly V1Pod[];

  beforeEach(async () => {
    old = await harness.world.password(LITELLM);
    before = await release.pods();
  });

  async function expectRotatedByOthers(handle: RotationHandle): Promise<void> {
    const report = await awaitReport(handle);
    expect({ outcome: report.outcome, cause: report.cause }).toEqual({ outcome: 'rotated' });
    await expectExactlyOnePassword(harness.world, LITELLM, { invalid: [old] });
    await release.untilComplete();
  }

  it(
    'when both pods are deleted at once, without a grace',
    async () => {
      const handle = await rotateTo('sync');
      await release.killPods();
      await expectRotatedByOthers(handle);
      expect(uidsOf(await release.pods()).filter((uid) => uidsOf(before).includes(uid))).toEqual([]);
    },
    6 * MINUTE,
  );

  it(
    'when "helm upgrade" replaces every pod',
    async () => {
      const handle = await rotateTo('restart');
      await release.upgrade(['podAnnotations.upgraded=yes']);
      await expectRotatedByOthers(handle);
      expect(uidsOf(await release.pods()).filter((uid) => uidsOf(before).includes(uid))).toEqual([]);
    },
    6 * MINUTE,
  );

  it(
    'when the pod that works on it is evicted; the budget lets one pod go at a time',
    async () => {
      const handle = await rotateTo('restart');
      const pod = await podAtWork(handle);
      const [other] = (await release.pods()).filter(({ metadata }) => metadata?.uid !== pod.metadata?.uid);
      expect(await release.evict(pod)).toBe(201);
      expect(await release.evict(other ?? {})).toBe(429);
      await expectRotatedByOthers(handle);
      expect(uidsOf(await release.pods())).not.toContain(pod.metadata?.uid);
    },
    6 * MINUTE,
  );
});

describe('without the right to exec', () => {
  it(
    'a rotation that CNPG does not finish is rolled back, and nobody loses a login',
    async () => {
      const { world } = harness;
      const old = await world.password(LITELLM);
      const handle = await harness.startRotation('litellm', { requireApproval: true });
      await until(
        'the rotation to wait',
        async () => (await harness.progress(handle))?.steps.some(({ step }) => step === 'approve'),
        MINUTE,
      );
      await world.scaleOperator(0);
      expect((await cnpgRotate('approve', 'litellm')).code).toBe(0);
      const report: RotationReport = await awaitReport(handle);
      await world.scaleOperator(1);
      expect({ outcome: report.outcome, cause: report.cause }).toEqual({
        outcome: 'rolled-back',
        cause: {
          type: 'KubernetesForbidden',
          message: expect.stringContaining('cnpg-rotate rights --exec') as unknown,
        },
      });
      await expectExactlyOnePassword(world, LITELLM, { valid: old });
    },
    8 * MINUTE,
  );
});

describe('with rights.adoption', () => {
  beforeAll(() => release.upgrade(['rights.adoption=true']), 4 * MINUTE);
  afterAll(() => release.upgrade(), 4 * MINUTE);

  it(
    'an application gets alternating roles, rotates with them and gets back, without a refused login',
    async () => {
      const tally = new LoginTally(harness.world, LITELLM);
      const adopted = await cnpgRotate('adopt', 'litellm', '--output', 'json');
      expect({ code: adopted.code, outcome: (JSON.parse(adopted.text) as AdoptionReport).outcome }).toEqual({
        code: 0,
        outcome: 'adopted',
      });
      const report = await harness.rotate('litellm', { strategy: 'alternating' });
      expect(report).toMatchObject({ outcome: 'rotated', turn: { idle: { role: 'litellm_b' } } });
      const undone = await cnpgRotate('adopt', 'litellm', '--undo', '--output', 'json');
      expect(undone.code).toBe(0);
      const { accepted, others } = await tally.stop();
      expect(others).toEqual([]);
      expect(accepted).toBeGreaterThan(100);
      expect((await harness.world.secret(LITELLM))['username']).toBe('litellm');
    },
    8 * MINUTE,
  );
});
