import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { useTools } from '../../sandbox/gitops/tools.ts';
import type { GitOpsSource } from '../../src/domain/source.ts';
import { Home } from '../harness/git/home.ts';
import { MANIFEST, NEW } from '../harness/git/manifests.ts';

useTools();

describe('a symbolic link in the branch', () => {
  let home: Home;
  let outside: string;
  beforeEach(async () => {
    home = await Home.open({ keys: 'stringData' });
    outside = join(home.directory, 'outside');
    mkdirSync(outside);
  });
  afterEach(() => home.close());

  /** Somebody puts a link to a path, relative to the link or from the root. */
  async function link(path: string, to: string): Promise<void> {
    await home.git('rm', '-rq', '--ignore-unmatch', path);
    mkdirSync(dirname(join(home.desk, path)), { recursive: true });
    symlinkSync(to, join(home.desk, path));
    await home.git('add', '--force', path);
    await home.commit(`Link ${path}`);
  }

  const changing = async (source: GitOpsSource): Promise<unknown> => {
    const failed = await home.change(source).catch((error: unknown) => error);
    expect(readdirSync(outside)).toEqual([]);
    return failed;
  };

  test('at the variables’ file brings no plaintext out of the clone', async () => {
    await link('cluster.yaml', join(outside, 'plaintext'));
    expect(await changing(home.rendered())).toMatchObject({ type: 'SymbolicLink', retryable: false });
    expect(existsSync(join(outside, 'plaintext'))).toBe(false);
  });

  test('at a folder above the variables’ file brings none out either', async () => {
    await link('config', outside);
    const source = home.source({
      variable: { file: 'config/cluster.yaml', key: 'litellm_db_password' },
      localFiles: { 'config/cluster.yaml': home.variables },
      // A command that runs in the clone gets every file of the branch, with the link.
      flux: { reconcile: ['true'] },
    });
    expect(String(await changing(source))).toContain('config is a symbolic link in the repository');
  });

  test('at a folder into which a render writes stops the rotation before the render', async () => {
    await link('kubernetes/apps/cache', outside);
    await home.replaceInRepository(
      'Taskfile.yaml',
      '- makejinja',
      '- echo plaintext > kubernetes/apps/cache/leak; makejinja',
    );
    expect(String(await changing(home.rendered()))).toContain('kubernetes/apps/cache');
  });

  test('that leads out by way of another one is found too', async () => {
    await link('a', '.');
    await link('kubernetes/apps/cache', '../../a/../outside');
    expect(await changing(home.rendered())).toMatchObject({ type: 'SymbolicLink' });
  });

  test('at SOPS’ rules is not read where it leads out', async () => {
    await link('.sops.yaml', '/etc/hostname');
    expect(await changing(home.rendered())).toMatchObject({ type: 'SymbolicLink' });
  });

  test('that leads to a file of the repository stops nothing, and is left alone', async () => {
    await link('kubernetes/same.sops.yaml', MANIFEST.replace('kubernetes/', ''));
    await link('docs', 'kubernetes');
    await expect(home.change(home.rendered())).resolves.toMatchObject({ pushed: true });
    expect((await home.log())[0]?.files).toEqual([MANIFEST]);
    expect(await home.decrypted(MANIFEST)).toContain(NEW);
  });

  test('to a file that only the worker has stops nothing', async () => {
    await link('bootstrap/age.key', '../age.key');
    await expect(home.change(home.rendered())).resolves.toMatchObject({ pushed: true });
  });

  test('that leads out stops no rotation that edits the encrypted files and writes nothing there', async () => {
    await link('result', '/nix/store/of-somebody');
    await expect(home.change(home.source())).resolves.toMatchObject({ pushed: true });
  });

  test('beside the worker’s own file gets nothing of it', async () => {
    symlinkSync(join(outside, 'planted'), `${home.variables}.cnpg-rotator`);
    await expect(home.change(home.rendered())).resolves.toMatchObject({ warnings: [] });
    expect(existsSync(join(outside, 'planted'))).toBe(false);
    expect(home.variableFile()).toContain(NEW);
  });

  test('as the worker’s own file stays a link, and what it leads to changes', async () => {
    const target = join(home.directory, 'target.yaml');
    writeFileSync(target, home.variableFile());
    const linked = join(home.directory, 'linked.yaml');
    symlinkSync(target, linked);
    const { localFiles } = home.rendered();
    const { warnings } = await home.change(home.rendered({ localFiles: { ...localFiles, 'cluster.yaml': linked } }));
    expect(warnings).toEqual([]);
    expect(
      readdirSync(home.directory, { withFileTypes: true })
        .find(({ name }) => name === 'linked.yaml')
        ?.isSymbolicLink(),
    ).toBe(true);
  });
});
