import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { FLUX_NAMESPACE } from '../../sandbox/gitops/flux.ts';
import { GitOps } from '../../sandbox/gitops/gitops.ts';
import { haveSops } from '../../sandbox/gitops/tools.ts';
import { COMPONENTS } from '../../sandbox/common/components.ts';
import { applyFile } from '../../sandbox/common/worker-account.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import { progressQuery } from '../../src/workflows/messages.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import { deployReaderOfOnePassword, READER_OF_ONE_PASSWORD } from '../harness/world/reader-of-one-password.ts';
import type { Program } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';
import { fingerprint } from '../harness/proofs/fingerprint.ts';
import { expectWholeRotation } from '../harness/proofs/whole-rotation.ts';

const MINUTE = 60_000;

let gitops: GitOps;
let environment: Record<string, string>;
let worker: Program;

beforeAll(() => haveSops(AbortSignal.timeout(15 * MINUTE), () => undefined), 16 * MINUTE);
// Declared before the harness: Jest goes through them in this order.
afterAll(() => gitops.stop(), 2 * MINUTE);
const harness = useHarness({ components: ['litellm'] });
beforeAll(async () => {
  const { world, temporal } = harness;
  gitops = await GitOps.start({
    kubeconfig: world.sandbox.kubeconfig,
    folder: path.join(temporal.folder, 'gitops'),
    components: [COMPONENTS.litellm],
  });
  await applyFile(world.config, 'deploy/rbac-gitops.yaml');
  const catalogue = path.join(temporal.folder, 'through-git.yaml');
  const component = { name: LITELLM.name, namespace: LITELLM.namespace, source: gitops.catalogue.source };
  writeFileSync(catalogue, JSON.stringify({ gitops: gitops.catalogue.gitops, components: [component] }));
  environment = { PATH: process.env['PATH'] ?? '', CNPG_ROTATOR_COMPONENTS: catalogue };
  worker = await harness.startWorker(environment);
}, 3 * MINUTE);

const subjects = async (): Promise<readonly string[]> => (await gitops.repository.log()).map(({ subject }) => subject);
const UPDATE = 'rotate: Update litellm database password';
const RESTORE = 'rotate: Restore litellm database password';

const change = (name: string, spec: object): Promise<void> =>
  gitops.flux.patchKustomization(name, { metadata: { namespace: FLUX_NAMESPACE, name }, spec });
const suspend = (is: boolean): Promise<void> => change('litellm', { suspend: is });

describe('a rotation through Git', () => {
  it(
    'is a rotation as any other, by one commit, and the next full reconcile reverts nothing',
    async () => {
      const { world } = harness;
      // Flux has just taken the Secret over, which Kubernetes notes as a write.
      const report = await expectWholeRotation(harness, /pods that are older than the last change of Secret/);
      expect(report.source).toBe('gitops');
      expect(await subjects()).toEqual([UPDATE, 'What the cluster holds']);
      const password = await world.password(LITELLM);
      await gitops.reconcile();
      await expectExactlyOnePassword(world, LITELLM, { valid: password });
    },
    4 * MINUTE,
  );

  it(
    'whose worker is killed between the push and Flux goes on with the same commit and the same password',
    async () => {
      const { world } = harness;
      const oldPassword = await world.password(LITELLM);
      const [before, seen] = [await subjects(), new Set(harness.passwords)];
      let killed = false;
      gitops.server.afterPush = async () => {
        await worker.kill('SIGKILL');
        killed = true;
      };
      const handle = await harness.startRotation();
      await until('the push', () => Promise.resolve(killed), MINUTE);
      expect((await world.password(LITELLM)) === oldPassword).toBe(true);
      worker = await harness.startWorker(environment);

      expect(await awaitReport(handle)).toMatchObject({ outcome: 'rotated' });
      expect(await subjects()).toEqual([UPDATE, ...before]);
      const password = await expectExactlyOnePassword(world, LITELLM, { invalid: [oldPassword] });
      expect([...harness.passwords].filter((one) => !seen.has(one)).map(fingerprint)).toEqual([fingerprint(password)]);
    },
    4 * MINUTE,
  );

  it(
    'of an application that never becomes ready is taken back by a commit, and stays so',
    async () => {
      const { world } = harness;
      const [before, oldPassword] = [await subjects(), await world.password(LITELLM)];
      await deployReaderOfOnePassword(world, LITELLM, { password: oldPassword, progressDeadlineSeconds: 15 });
      try {
        const report = await harness.rotate();
        expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'RolloutIncomplete' } });
        expect(await subjects()).toEqual([RESTORE, UPDATE, ...before]);
        await gitops.reconcile();
        await expectExactlyOnePassword(world, LITELLM, { valid: oldPassword });
      } finally {
        await world.apps.deleteNamespacedDeployment({ namespace: LITELLM.namespace, name: READER_OF_ONE_PASSWORD });
      }
    },
    8 * MINUTE,
  );

  it(
    'that Flux cannot decrypt is taken back in Git, and changes nothing: in Flux’s own words',
    async () => {
      const { world } = harness;
      const [before, snapshot] = [await subjects(), await world.snapshot(LITELLM.namespace)];
      const other = path.join(harness.temporal.folder, 'another.key');
      await execa('age-keygen', ['-o', other], { env: { PATH: process.env['PATH'] } });
      await gitops.flux.useKey(other);
      const report = await harness.rotate();
      await gitops.flux.useKey(gitops.repository.ageKeyFile);

      expect(report).toMatchObject({
        outcome: 'unchanged',
        cause: { type: 'FluxFailing', message: expect.stringMatching(/BuildFailed: .*decryption failed/) as string },
      });
      expect(await subjects()).toEqual([RESTORE, UPDATE, ...before]);
      await gitops.reconcile();
      expect((await world.snapshot(LITELLM.namespace)) === snapshot).toBe(true);
    },
    4 * MINUTE,
  );

  it(
    'goes back when Flux gives up the revision that it holds on to, though that takes longer than publishing may',
    async () => {
      const { world } = harness;
      const oldPassword = await world.password(LITELLM);
      await deployReaderOfOnePassword(world, LITELLM, { password: oldPassword });
      const { namespace } = LITELLM;
      const healthChecks = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: READER_OF_ONE_PASSWORD, namespace }];
      await change('litellm', { timeout: '170s', healthChecks });
      try {
        const handle = await harness.startRotation();
        const hasBegun = async (): Promise<boolean> =>
          (await handle.query(progressQuery)).steps.some(({ step }) => step === 'restart');
        await until('the restart', hasBegun, MINUTE);
        await handle.executeUpdate('abort', { args: [{ reason: 'a test' }] });
        const report = await awaitReport(handle);
        expect(report).toMatchObject({ outcome: 'rolled-back' });
        const back = report.steps.find(({ step, target }) => step === 'publish' && target === 'previous');
        expect(back).toMatchObject({ budgetSeconds: 230 });
        expect(back?.seconds).toBeGreaterThan(120);
        await expectExactlyOnePassword(world, LITELLM, { valid: oldPassword });
      } finally {
        await change('litellm', { timeout: null, healthChecks: null });
        await world.apps.deleteNamespacedDeployment({ namespace, name: READER_OF_ONE_PASSWORD });
      }
    },
    8 * MINUTE,
  );

  it(
    'does not begin while its Kustomization is suspended',
    async () => {
      const before = await subjects();
      await suspend(true);
      const report = await harness.rotate();
      await suspend(false);
      expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'flux-is-not-suspended' } });
      expect(report.cause?.message).toContain('flux resume kustomization litellm -n flux-system');
      expect(await subjects()).toEqual(before);
    },
    2 * MINUTE,
  );
});
