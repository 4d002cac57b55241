import path from 'node:path';
import getPort from 'get-port';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { findSecrets, type Haystack, type Needle } from '../../sandbox/harness/secret-scan.ts';
import { useHarness, LITELLM, ownWarnings } from '../harness/harness.ts';
import { listens } from '../../sandbox/common/listens.ts';
import { CLI, Program, run } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';

const MINUTE = 60_000;

const harness = useHarness();

/** That the old password is out of the world and the new one everywhere in it. */
async function expectRotated(oldPassword: string): Promise<void> {
  const { world } = harness;
  const { username, password = '', uri } = await world.secret(LITELLM);
  expect(username).toBe('litellm');
  expect(uri).toBe(`postgresql://litellm:${password}@litellm-postgresql-rw:5432/litellm`);
  expect(password === oldPassword).toBe(false);
  expect(await world.accepts(LITELLM, password)).toBe(true);
  expect(await world.accepts(LITELLM, oldPassword)).toBe(false);
  const pods = await world.applicationPods(LITELLM);
  expect(pods).toHaveLength(2);
  for (const pod of pods)
    expect(pod).toMatchObject({ ready: true, lastLine: expect.stringContaining('accepted user=litellm') as string });
  await expect(
    world.core.readNamespacedSecret({ namespace: 'ai-system', name: 'litellm-db-secret-rotation' }),
  ).rejects.toMatchObject({ code: 404 });
}

async function scan(haystacks: readonly Haystack[], needles: readonly Needle[]): Promise<string[]> {
  const { world } = harness;
  const more = [
    { name: 'the Events of ai-system', text: await world.events('ai-system') },
    { name: 'the application’s logs', text: await world.applicationLogs(LITELLM) },
  ];
  return findSecrets([...haystacks, ...more], needles);
}

describe('a rotation started by cnpg-rotate', () => {
  it(
    'changes the password, proves it, and leaves no trace of it in history, output, logs and Events',
    async () => {
      const { world, temporal, environment } = harness;
      const before = await world.needles(LITELLM, 'old');
      const [old] = before;
      // "up" with a Temporal server of its own, as a newcomer runs it.
      const ports = { temporal: String(await getPort()), ui: String(await getPort()) };
      const database = path.join(temporal.folder, 'own.db');
      const ownTemporal = { KUBECONFIG: environment['KUBECONFIG'] ?? '' };
      const up = new Program(
        'node',
        [CLI, 'up', '--yes', '--temporal-port', ports.temporal, '--ui-port', ports.ui, '--database', database],
        ownTemporal,
      );
      await up.printed(/Worker ready on sandbox-as-worker/);
      expect(up.output).toContain('Kubernetes context: sandbox-as-worker');

      const address = { TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}` };
      const rotated = await run(
        'node',
        [CLI, 'rotate', 'litellm', '--reason', 'end to end', '--output', 'json'],
        address,
      );
      expect({ code: rotated.code, stderr: rotated.stderr }).toEqual({ code: 0, stderr: '' });
      const report = JSON.parse(rotated.stdout) as RotationReport;
      expect(report).toMatchObject({
        outcome: 'rotated',
        reason: 'end to end',
        where: { cluster: 'litellm-postgresql' },
      });
      expect(ownWarnings(report)).toEqual([]);
      expect(report.steps.map(({ step }) => step)).toEqual([
        'preflight',
        'stage',
        'publish',
        'sync',
        'restart',
        'verify',
        'watch',
        'finish',
      ]);
      for (const { seconds = Infinity, budgetSeconds } of report.steps) expect(seconds).toBeLessThan(budgetSeconds);
      await expectRotated(old?.text ?? '');

      const followed = await run('node', [CLI, 'follow', 'litellm'], address);
      expect(followed.code).toBe(0);
      expect(followed.stdout).toContain('rotated');

      const history = await temporal.history('rotate-litellm', address.TEMPORAL_ADDRESS);
      expect(history[1]?.text).toContain('"secret":"litellm-db-secret"');

      // Ctrl-C: everything that "up" started ends.
      expect(await up.kill('SIGINT')).toBe(0);
      expect(up.output).toContain('Stopped');
      expect([await listens(ports.temporal), await listens(ports.ui)]).toEqual([false, false]);

      const needles = [...before, ...(await world.needles(LITELLM, 'new'))];
      const found = await scan(
        [
          ...history,
          { name: 'the report', text: rotated.stdout },
          { name: 'the output of up', text: up.output },
          { name: 'the output of follow', text: followed.stdout + followed.stderr },
        ],
        needles,
      );
      expect(found).toEqual([]);
    },
    5 * MINUTE,
  );
});

describe('a rotation started by "temporal workflow start"', () => {
  it(
    'does the same, and its whole history holds neither password and neither verifier',
    async () => {
      const { world, temporal } = harness;
      const worker = await harness.startWorker();
      const before = await world.needles(LITELLM, 'old');
      const started = await temporal.temporal(
        ...[
          'workflow',
          'start',
          '--type',
          'rotatePassword',
          '--task-queue',
          'cnpg-rotator',
          '--workflow-id',
          'by-hand',
        ],
        ...['--input', '{"component":"litellm"}'],
      );
      expect(started.code).toBe(0);
      const result = await temporal.temporal('workflow', 'result', '--workflow-id', 'by-hand', '--output', 'json');
      expect(result.code).toBe(0);
      expect(JSON.parse(result.stdout)).toMatchObject({
        status: 'COMPLETED',
        result: { outcome: 'rotated', component: 'litellm' },
      });
      await expectRotated(before[0]?.text ?? '');

      const history = await temporal.history('by-hand');
      // The scan sees what stands there: the payloads are decoded.
      expect(history[1]?.text).toContain('"secret":"litellm-db-secret"');
      const needles = [...before, ...(await world.needles(LITELLM, 'new'))];
      const { stdout } = await temporal.temporal('workflow', 'show', '--workflow-id', 'by-hand', '--detailed');
      const found = await scan(
        [
          ...history,
          { name: 'the history as text', text: stdout },
          { name: 'the worker’s log', text: worker.output },
          { name: 'the result', text: result.stdout },
        ],
        needles,
      );
      expect(found).toEqual([]);
      const planted = findSecrets(
        [{ name: 'a history', text: `${history[0]?.text ?? ''}${before[0]?.text ?? ''}` }],
        needles,
      );
      expect(planted).toHaveLength(1);
    },
    5 * MINUTE,
  );

  it(
    'refuses a second rotation of the same role while one runs, whatever Workflow Ids they have',
    async () => {
      const { temporal } = harness;
      const first = await harness.startRotation();
      await until(
        'the first rotation to publish',
        async () => (await harness.progress(first))?.steps.some(({ step }) => step === 'publish'),
        MINUTE,
      );
      const second = await temporal.temporal(
        ...[
          'workflow',
          'execute',
          '--type',
          'rotatePassword',
          '--task-queue',
          'cnpg-rotator',
          '--workflow-id',
          'another-id',
        ],
        ...['--input', '{"component":"litellm"}', '--output', 'json'],
      );
      expect(second.code).not.toBe(0);
      expect(second.stdout + second.stderr).toContain('AnotherRotation');
      expect(second.stdout + second.stderr).toContain('rotate-litellm');
      const bySameStarter = await run('node', [CLI, 'rotate', 'litellm'], harness.environment);
      expect(bySameStarter.code).toBe(1);
      expect(bySameStarter.stderr).toContain('is running already');
      await expect(first.result()).resolves.toMatchObject({ outcome: 'rotated' });
    },
    5 * MINUTE,
  );
});
