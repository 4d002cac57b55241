import { useTools } from '../../sandbox/gitops/tools.ts';
import { differences } from '../../src/gitops/yaml-edit.ts';
import { Home } from '../harness/git/home.ts';
import { MANIFEST, NEW, OLD, manifests } from '../harness/git/manifests.ts';

useTools();

const SHARED = 'flux-system/cluster-yaml/cluster.yaml';
const NEXT = 'next-password-0123456789_ABCDEFGH';

describe('the variables’ file that the repository ignores', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.open({ keys: 'stringData' });
    home.sharedFiles.set(SHARED, home.variableFile());
  });
  afterEach(() => home.close());

  /** As each of two workers has it in its catalogue. */
  const shared = () =>
    home.rendered({
      localFiles: {
        'cluster.yaml': { namespace: 'flux-system', name: 'cluster-yaml', key: 'cluster.yaml' },
        'age.key': home.ageKey,
      },
    });

  test('is one for all workers in a Secret, so the second worker goes on where the first ended', async () => {
    await expect(home.change(shared())).resolves.toMatchObject({ pushed: true, warnings: [] });
    expect(home.sharedFiles.get(SHARED)).toBe(home.variableFile().replace(OLD, NEW));

    const next = { rotation: 'litellm-2', from: NEW, to: NEXT };
    await expect(home.change(shared(), next)).resolves.toMatchObject({ pushed: true, warnings: [] });
    expect(home.sharedFiles.get(SHARED)).toBe(home.variableFile().replace(OLD, NEXT));
    expect(differences(manifests(NEXT, 'stringData'), await home.decrypted(MANIFEST), MANIFEST)).toEqual([]);
  });

  test('keeps what another worker writes into the Secret at the same moment', async () => {
    const others = () =>
      home.sharedFiles.get(SHARED)?.replace('langfuse-password-55555', 'langfuse-password-66666') ?? '';
    home.beforeSharedWrite = () => void home.sharedFiles.set(SHARED, others());
    await expect(home.change(shared())).resolves.toMatchObject({ warnings: [] });
    expect(home.sharedFiles.get(SHARED)).toContain(NEW);
    expect(home.sharedFiles.get(SHARED)).toContain('langfuse-password-66666');
  });

  test('is told to be absent, where there is no such Secret', async () => {
    home.sharedFiles.clear();
    await expect(home.change(shared())).rejects.toMatchObject({
      type: 'InvalidConfiguration',
      message: expect.stringContaining('no key "cluster.yaml" of Secret flux-system/cluster-yaml') as string,
    });
  });

  test('is told to be a copy of one worker alone, where another worker has rotated', async () => {
    const stale = home.variableFile();
    await home.change(home.rendered());
    home.writeVariables(stale);

    const next = { rotation: 'litellm-2', from: NEW, to: NEXT };
    await expect(home.change(home.rendered(), next)).rejects.toMatchObject({
      type: 'GitDisagrees',
      message: expect.stringMatching(
        /"litellm_db_password" in cluster\.yaml.*this worker's copy.*\/cluster\.yaml.*localFiles: \{"cluster\.yaml": \{secret: /,
      ) as string,
    });
    expect(home.variableFile()).toBe(stale);
  });
});
