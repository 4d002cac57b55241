import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { FLUX_NAMESPACE, FluxBeside } from '../../sandbox/gitops/flux.ts';
import { prepareTools, useTools } from '../../sandbox/gitops/tools.ts';
import { Home, MANIFEST } from '../gitops/support/fixture.ts';
import { Harness, LITELLM } from './support/harness.ts';
import { ROOT, until } from './support/programs.ts';
import { World, textOf } from './support/world.ts';

const MINUTE = 60_000;
const ACCOUNT = { username: 'rotator', password: 'git-token-0123456789abcdef' };
const SECRET = { namespace: LITELLM.namespace, name: LITELLM.secret };
const HANDLED = 'lastHandledReconcileAt';

let home: Home;
let flux: FluxBeside;
let harness: Harness;

beforeAll(async () => {
  await prepareTools(AbortSignal.timeout(15 * MINUTE), () => undefined);
  useTools();
  home = await Home.open({ account: ACCOUNT });
  const world = await World.open();
  const live = await world.core.readNamespacedSecret(SECRET);
  home.writeEncrypted(MANIFEST, manifestOf(live.metadata?.labels ?? {}, live.type ?? 'Opaque', textOf(live)));
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
  for (const document of parseAllDocuments(readFileSync(`${ROOT}deploy/rbac-gitops.yaml`, 'utf8')))
    await world.apply(document.toJS() as Parameters<World['apply']>[0]);
  await until(
    'the Secret to be applied by Flux',
    async () => (await world.core.readNamespacedSecret(SECRET)).metadata?.labels?.['kustomize.toolkit.fluxcd.io/name'],
    MINUTE / 2,
    () => flux.words,
  );
  harness = await Harness.open({ catalogue: catalogue() });
  await harness.startWorker();
}, 30 * MINUTE);

afterAll(async () => {
  await flux.stop([SECRET]);
  expect(await harness.close()).toEqual([]);
  await home.close();
}, 2 * MINUTE);

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

function manifestOf(labels: Record<string, string>, type: string, values: Record<string, string>): string {
  const own = Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith('kustomize.toolkit')));
  const metadata = { name: LITELLM.secret, labels: own };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, type, stringData: values });
}

/** Flux looks at all of it once more, and has ended. */
async function reconcileOnceMore(): Promise<void> {
  const token = new Date().toISOString();
  await flux.patchKustomization('litellm', {
    metadata: {
      namespace: FLUX_NAMESPACE,
      name: 'litellm',
      annotations: { 'reconcile.fluxcd.io/requestedAt': token },
    },
  });
  await until(
    'a full reconcile',
    async () => (await flux.kustomization('litellm')).status?.[HANDLED] === token,
    MINUTE,
    () => flux.words,
  );
}

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

  it(
    "is taken back in Git, and changes nothing, when Flux cannot decrypt it: in Flux's own words",
    async () => {
      const { world } = harness;
      const before = await world.snapshot(LITELLM.namespace);
      const ready = await world.password(LITELLM);
      await flux.useKey(home.anotherKey());
      const report = await harness.rotate();
      await flux.useKey(home.ageKey);

      expect(report).toMatchObject({
        outcome: 'unchanged',
        cause: { type: 'FluxFailing', message: expect.stringMatching(/BuildFailed: .*decrypt/i) as string },
      });
      expect((await subjects()).slice(0, 2)).toEqual([
        'rotate: Restore litellm database password',
        'rotate: Update litellm database password',
      ]);
      await reconcileOnceMore();
      expect((await world.password(LITELLM)) === ready).toBe(true);
      expect((await world.snapshot(LITELLM.namespace)) === before).toBe(true);
    },
    4 * MINUTE,
  );

  it(
    'does not begin while its Kustomization is suspended',
    async () => {
      const commits = await subjects();
      const metadata = { namespace: FLUX_NAMESPACE, name: 'litellm' };
      await flux.patchKustomization('litellm', { metadata, spec: { suspend: true } });
      const report = await harness.rotate();
      await flux.patchKustomization('litellm', { metadata, spec: { suspend: false } });

      expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'FluxSuspended' } });
      expect(report.cause?.message).toContain('flux resume kustomization litellm -n flux-system');
      expect(await subjects()).toEqual(commits);
    },
    2 * MINUTE,
  );
});
