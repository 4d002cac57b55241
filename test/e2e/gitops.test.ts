import { dirname } from 'node:path';
import { RbacAuthorizationV1Api, type V1Secret } from '@kubernetes/client-node';
import { FLUX_NAMESPACE, FluxBeside } from '../../sandbox/gitops/flux.ts';
import { asManifest } from '../../sandbox/gitops/gitops.ts';
import { prepareTools, useTools } from '../../sandbox/gitops/tools.ts';
import { applyFile } from '../../sandbox/common/worker-account.ts';
import type { AdoptionReport } from '../../src/domain/adopt/index.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { Home } from '../harness/git/home.ts';
import { MANIFEST } from '../harness/git/manifests.ts';
import { ClusterInGit } from '../harness/world/cluster-in-git.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { LoginTally } from '../harness/world/login-tally.ts';
import { CLI, run } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';
import { textOf } from '../../sandbox/harness/objects.ts';
import { World } from '../../sandbox/harness/world.ts';

const MINUTE = 60_000;
const ACCOUNT = { username: 'rotator', password: 'git-token-0123456789abcdef' };
const SECRET = { namespace: LITELLM.namespace, name: LITELLM.secret };
const [A, B] = LITELLM.alternating.logins;
/** Where the login roles' own Secrets stand while Flux applies them. */
const ROLES = MANIFEST.replace('secret.sops.yaml', 'roles.sops.yaml');

let home: Home;
let flux: FluxBeside;

beforeAll(async () => {
  await prepareTools(AbortSignal.timeout(15 * MINUTE), () => undefined);
  useTools();
  home = await Home.open({ account: ACCOUNT });
  const world = await World.open();
  const live = await world.core.readNamespacedSecret(SECRET);
  home.writeEncrypted(MANIFEST, asManifest(live));
  await home.commit('What the cluster holds');
  flux = await FluxBeside.start({
    kubeconfig: world.sandbox.kubeconfig,
    repository: home.bare,
    ageKeyFile: home.ageKey,
    kustomizations: [
      { name: 'litellm', path: './kubernetes/apps/ai-system/litellm/app', namespace: LITELLM.namespace },
    ],
  });
  await world.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: FLUX_NAMESPACE, name: 'cnpg-rotator-git' },
    stringData: ACCOUNT,
  });
  await applyFile(world.config, 'deploy/rbac-gitops.yaml');
  await until(
    'the Secret to be applied by Flux',
    async () => (await world.core.readNamespacedSecret(SECRET)).metadata?.labels?.['kustomize.toolkit.fluxcd.io/name'],
    MINUTE / 2,
    () => flux.words,
  );
}, 30 * MINUTE);

// In this order: the catalogue names the repository, which is there until the last password was looked for.
afterAll(() => flux.stop([SECRET]), MINUTE);
const harness = useHarness({ catalogue, worker: true });
afterAll(() => home.close(), MINUTE);

function catalogue(): string {
  const { repository, ageKeyFile } = home.source();
  return JSON.stringify({
    gitops: {
      repository,
      credentials: { secret: `${FLUX_NAMESPACE}/cnpg-rotator-git` },
      sops: { ageKeyFile },
    },
    components: [{ name: LITELLM.name, namespace: LITELLM.namespace, source: { kind: 'gitops' } }],
  });
}

/** Flux looks at all of it once more, and has ended. */
const reconcileOnceMore = (): Promise<void> => flux.reconcile([LITELLM.name]);

const subjects = async (): Promise<readonly string[]> =>
  (await home.log()).map(({ message }) => message.split('\n')[0] ?? '');

describe('a rotation of a Secret that Flux applies from Git', () => {
  it(
    'is one commit, reaches the database and the pods, and is not reverted by the next reconcile',
    async () => {
      const { world } = harness;
      const old = await world.password(LITELLM);
      const report = await harness.rotate();

      expect(report).toMatchObject({ outcome: 'rotated', source: 'gitops' });
      expect(report.steps.find(({ step }) => step === 'publish')?.detail).toMatch(/^commit [0-9a-f]{10}; /);
      expect((await subjects())[0]).toBe('rotate: Update litellm database password');
      const password = await world.password(LITELLM);
      expect(password === old).toBe(false);
      expect(await world.accepts(LITELLM, password)).toBe(true);
      expect(await world.accepts(LITELLM, old)).toBe(false);

      await reconcileOnceMore();
      expect((await world.password(LITELLM)) === password).toBe(true);
      expect((await home.decrypted(MANIFEST)).includes(password)).toBe(true);
      expect((await home.allObjects()).includes(password)).toBe(false);
    },
    4 * MINUTE,
  );
});

describe('alternating roles of a component whose Secrets Flux applies', () => {
  const secrets = (): Promise<V1Secret[]> =>
    Promise.all(
      [A, B].map(({ secret: name }) => harness.world.core.readNamespacedSecret({ namespace: LITELLM.namespace, name })),
    );
  let before: unknown;
  let cluster: ClusterInGit;

  beforeAll(async () => {
    await applyFile(harness.world.config, 'deploy/rbac-adoption.yaml');
    before = (await harness.world.cluster(LITELLM)).spec;
    cluster = new ClusterInGit(harness.world, home, LITELLM, dirname(MANIFEST));
    await cluster.commit();
    await reconcileOnceMore();
  });

  afterAll(async () => {
    await cluster.forget();
    const rbac = harness.world.config.makeApiClient(RbacAuthorizationV1Api);
    for (const namespace of ['ai-system', 'cache']) {
      await rbac.deleteNamespacedRoleBinding({ namespace, name: 'cnpg-rotator-adoption' });
      await rbac.deleteNamespacedRole({ namespace, name: 'cnpg-rotator-adoption' });
    }
  });

  async function adopt(...options: string[]): Promise<AdoptionReport> {
    const argv = [CLI, 'adopt', LITELLM.name, '--output', 'json', ...options];
    const { code, stdout, stderr } = await run('node', argv, harness.environment);
    expect({ stdout: code === 0 ? '' : stdout, stderr }).toEqual({ stdout: '', stderr: '' });
    return JSON.parse(stdout) as AdoptionReport;
  }

  const rotate = (): Promise<RotationReport> => harness.rotate(LITELLM.name, { strategy: 'alternating' });

  /**
   * Moves the application from one role to another, while it logs in all the time, and lets Flux look at everything
   * once more. @returns the subjects of the commits that it took, the newest first.
   */
  async function moves(
    from: string,
    to: string,
    move: () => Promise<AdoptionReport | RotationReport>,
  ): Promise<readonly string[]> {
    const { world } = harness;
    const [old, commits] = [await world.password(LITELLM), await subjects()];
    const tally = new LoginTally(world, LITELLM);
    const { cause, refusedLogins } = await move();
    const { accepted, others } = await tally.stop();
    expect({ cause, refused: refusedLogins?.count, others }).toEqual({ cause: undefined, refused: 0, others: [] });
    expect(accepted).toBeGreaterThan(100);

    await reconcileOnceMore();
    const { username, password = '', uri } = await world.secret(LITELLM);
    expect(username).toBe(to);
    expect(uri === `postgresql://${to}:${password}@${LITELLM.cluster}-rw:5432/${LITELLM.database}`).toBe(true);
    expect(await world.accepts(LITELLM, password, to)).toBe(true);
    expect(await world.accepts(LITELLM, old, from)).toBe(false);
    expect((await home.decrypted(MANIFEST)).includes(uri ?? '?')).toBe(true);
    const now = await subjects();
    return now.slice(0, now.length - commits.length);
  }

  it(
    'are adopted by one commit, without a refused login, once Flux leaves the Cluster alone',
    async () => {
      const refused = await run('node', [CLI, 'adopt', LITELLM.name], harness.environment);
      expect(refused.code).toBe(1);
      expect(refused.stdout).toContain('is applied by Flux (Kustomization flux-system/litellm)');
      expect(refused.stdout).toContain('+++ b/litellm-postgresql.yaml');

      await cluster.leaveAlone(true);
      let report: AdoptionReport | undefined;
      const commits = await moves('litellm', A.role, async () => (report = await adopt()));
      expect(commits).toEqual(['rotate: Update litellm database password']);
      const adopted = (await harness.world.cluster(LITELLM)).spec;
      await cluster.commitPatch(report?.patch ?? '');
      await cluster.leaveAlone(false);
      await reconcileOnceMore();
      expect((await harness.world.cluster(LITELLM)).spec).toEqual(adopted);
    },
    4 * MINUTE,
  );

  it(
    'take turns by one commit, and the next full reconcile reverts nothing',
    async () => {
      const commits = await moves(A.role, B.role, rotate);
      expect(commits).toEqual(['rotate: Update litellm database password']);
    },
    3 * MINUTE,
  );

  it(
    'take turns by three commits where Flux applies their own Secrets too, and the next full reconcile reverts nothing',
    async () => {
      await home.pull();
      home.writeEncrypted(ROLES, (await secrets()).map(asManifest).join('\n---\n'));
      await home.commit('The Secrets of the login roles');
      await reconcileOnceMore();
      const commits = await moves(B.role, A.role, rotate);
      expect(commits).toEqual([
        'rotate: Lock litellm_b out of litellm database',
        'rotate: Update litellm database password',
        'rotate: Let litellm_a into litellm database',
      ]);
      const verifiers = (await secrets()).map((secret) => textOf(secret)['password'] ?? '?');
      const inGit = await home.decrypted(ROLES);
      expect(verifiers.map((verifier) => inGit.includes(verifier))).toEqual([true, true]);
    },
    4 * MINUTE,
  );

  it(
    'are taken back by one commit, when their own Secrets are in the cluster alone again',
    async () => {
      const { world } = harness;
      await cluster.leaveAlone(true);
      const refused = await run('node', [CLI, 'adopt', LITELLM.name, '--undo'], harness.environment);
      expect(refused.stdout + refused.stderr).toContain('kustomize.toolkit.fluxcd.io/reconcile=disabled');
      for (const { secret: name } of [A, B]) {
        const annotations = { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' };
        const metadata = { namespace: LITELLM.namespace, name, annotations };
        await world.patch({ apiVersion: 'v1', kind: 'Secret', metadata });
      }
      await home.pull();
      await home.git('rm', '--quiet', ROLES);
      await home.commit('Without the Secrets of the login roles');
      const commits = await moves(A.role, 'litellm', () => adopt('--undo'));
      expect(commits).toEqual(['rotate: Update litellm database password']);
      await cluster.revert();
      await cluster.leaveAlone(false);
      await reconcileOnceMore();
      expect((await world.cluster(LITELLM)).spec).toEqual(before);
    },
    4 * MINUTE,
  );
});
