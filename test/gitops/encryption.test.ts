import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { useTools } from '../../sandbox/gitops/tools.ts';
import { Password } from '../../src/domain/password.ts';
import { look, type StagedInGit } from '../../src/gitops/look.ts';
import { rehearse } from '../../src/gitops/rehearse.ts';
import { openWorkspace } from '../../src/gitops/workspace.ts';
import { differences } from '../../src/gitops/yaml-edit.ts';
import type { GitOpsSource } from '../../src/domain/source.ts';
import { Home } from '../harness/git/home.ts';
import { MANIFEST, NEW, OLD, SECRETS, manifests } from '../harness/git/manifests.ts';

useTools();
// Each value takes a run of SOPS or two.
jest.setTimeout(120_000);

const RULE = 'encrypted_regex: ^(data|stringData)$\n    mac_only_encrypted: true';

describe('an encrypted file', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.open();
  });
  afterEach(() => home.close());

  /** Who can decrypt what is committed next. */
  const encryptFor = (recipients: string, rule = RULE): void =>
    home.write('.sops.yaml', `creation_rules:\n  - path_regex: \\.sops\\.ya?ml$\n    ${rule}\n    ${recipients}\n`);

  const linesOf = async (): Promise<readonly string[]> => {
    await home.git('fetch', '--quiet', 'origin', 'main');
    return (await home.git('show', `origin/main:${MANIFEST}`)).split('\n');
  };

  test('keeps every line but those of the password, the MAC and the time, in the indentation that it has', async () => {
    home.write('.sops.yaml', `${await home.git('show', 'HEAD:.sops.yaml')}stores:\n  yaml:\n    indent: 2\n`);
    home.writeEncrypted(MANIFEST, manifests(OLD));
    await home.commit('Indent by 2');
    const before = await linesOf();
    await home.change(home.source());

    const after = await linesOf();
    expect(after).toHaveLength(before.length);
    const changed = after.filter((line, index) => line !== before[index]).map((line) => line.trim().split(':')[0]);
    // SOPS writes whole seconds, so the time may be the same.
    expect(changed.filter((key) => key !== 'lastmodified')).toEqual(['password', 'mac', 'DATABASE_URL', 'mac']);
    expect(differences(manifests(NEW), await home.decrypted(MANIFEST), MANIFEST)).toEqual([]);
  });

  test('of groups of keys, of which two are needed, stays one of these groups', async () => {
    const [one, other] = [home.recipient(), home.recipient(home.anotherKey())];
    encryptFor(`shamir_threshold: 2\n    key_groups:\n      - age: [${one}]\n      - age: [${other}]`);
    home.writeEncrypted(MANIFEST, manifests(OLD));
    await home.commit('Two groups');
    const both = home.joinedKeys();
    await home.change(home.source({ ageKeyFile: both }));

    const text = (await linesOf()).join('\n');
    expect([one, other].every((recipient) => text.includes(recipient))).toBe(true);
    expect(text).toContain('shamir_threshold: 2');
    expect(differences(manifests(NEW), await home.decrypted(MANIFEST, both), MANIFEST)).toEqual([]);
  });

  test('whose Secrets are items of a List changes at the item', async () => {
    const list = (password: string): string => {
      const items = manifests(password)
        .split('---\n')
        .filter((text) => text.includes('kind'))
        .map(
          (text) =>
            `  - ${text
              .trimEnd()
              .replace(/^#.*\n/, '')
              .replaceAll('\n', '\n    ')}\n`,
        );
      return `apiVersion: v1\nkind: List\nitems:\n${items.join('')}`;
    };
    home.writeEncrypted(MANIFEST, list(OLD));
    await home.commit('As a List');
    await expect(home.change(home.source())).resolves.toMatchObject({ pushed: true });

    expect(differences(list(NEW), await home.decrypted(MANIFEST), MANIFEST)).toEqual([]);
    const source = home.source();
    await expect(tried(source)).rejects.toThrow('stands in a List in');
    await expect(tried({ ...source, flux: { reconcile: ['task', 'reconcile'] } })).resolves.toBeUndefined();
  });

  test('with a kind of key that is not known is refused before anything is written', async () => {
    const text = await home.git('show', `HEAD:${MANIFEST}`);
    home.write(MANIFEST, text.replaceAll(/^sops:\n/gm, 'sops:\n    yubikey:\n        - serial: "1"\n'));
    await home.commit('A newer SOPS');
    await expect(tried(home.source())).rejects.toMatchObject({ type: 'SopsFailed' });
    await expect(home.change(home.source())).rejects.toThrow('yubikey, which is not known here');
    expect(await home.log()).toHaveLength(2);
  });

  describe('for age and two PGP keys', () => {
    const [theirs, ours] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'rotator-gpg-'))) as [string, string];
    const gpg = (folder: string, ...args: string[]): string =>
      execFileSync('gpg', ['--homedir', folder, '--batch', '--quiet', ...args], { encoding: 'utf8' });
    let pgp: readonly string[];
    const before = process.env['GNUPGHOME'];
    beforeAll(() => {
      pgp = ['b', 'a'].map((name) => {
        gpg(
          theirs,
          '--passphrase',
          '',
          '--quick-generate-key',
          `${name}@localhost`,
          'future-default',
          'default',
          'never',
        );
        return /^fpr:+([0-9A-F]+):/m.exec(gpg(theirs, '--with-colons', '--list-keys', name))?.[1] ?? '';
      });
    });
    afterAll(() => {
      for (const folder of [theirs, ours]) {
        execFileSync('gpgconf', ['--homedir', folder, '--kill', 'all']);
        rmSync(folder, { recursive: true, force: true });
      }
      if (before === undefined) delete process.env['GNUPGHOME'];
      else process.env['GNUPGHOME'] = before;
    });
    beforeEach(async () => {
      process.env['GNUPGHOME'] = theirs;
      encryptFor(`age: ${home.recipient()}\n    pgp: ${pgp.join(',')}`);
      home.writeEncrypted(MANIFEST, manifests(OLD));
      await home.commit('Age and PGP');
      // The worker has neither of the two public keys, and .sops.yaml names them in another order.
      process.env['GNUPGHOME'] = ours;
      encryptFor(`pgp: ${[...pgp].reverse().join(',')}\n    age: ${home.recipient()}`);
      await home.commit('Another order');
    });

    test('changes without any key but the one that decrypts, and stays encrypted for all of them', async () => {
      await expect(tried(home.source())).resolves.toBeUndefined();
      const copies = (text: string): readonly string[] =>
        [...text.matchAll(/(?:fp|recipient): (\S+)/g)].map(([, id = '']) => id);
      const earlier = copies((await linesOf()).join('\n'));
      await expect(home.change(home.source())).resolves.toMatchObject({ pushed: true });

      expect(copies((await linesOf()).join('\n'))).toEqual(earlier);
      expect(earlier).toHaveLength(6);
      expect(differences(manifests(NEW), await home.decrypted(MANIFEST), MANIFEST)).toEqual([]);
    });

    test('is found before anything is written where a render would need the public keys', async () => {
      await expect(tried(home.rendered())).rejects.toMatchObject({
        type: 'SopsFailed',
        message: expect.stringContaining('the worker lacks a PGP public key') as string,
      });
    });
  });

  test('for which .sops.yaml names others now is not encrypted anew by a render', async () => {
    encryptFor(`age: ${home.recipient(home.anotherKey())}`);
    await home.commit('Another recipient');
    await expect(tried(home.rendered())).rejects.toThrow('sops updatekeys');
    await expect(home.change(home.rendered())).rejects.toThrow(/sops updatekeys|cannot be decrypted/);
    expect(await home.log()).toHaveLength(2);
  });

  test('whose name Flux makes of variables is found where they are known, and told why where not', async () => {
    await home.replaceInRepository(MANIFEST, 'name: litellm-db-secret', 'name: ${APP}-db-secret');
    const flux = (values: Record<string, string>, unread: readonly string[] = []): readonly StagedInGit[] =>
      SECRETS.map((one) => ({ ...one, variables: () => Promise.resolve({ replaces: true, values, unread }) }));
    const unread = flux({}, ['ConfigMap flux-system/cluster-settings']);
    await expect(tried(home.source(), unread)).rejects.toThrow(
      /whose name Flux makes of \$\{APP\}, which may come of ConfigMap flux-system\/cluster-settings, and the worker may not read it/,
    );
    await expect(tried(home.source(), flux({}))).rejects.toThrow('which the Kustomization of the Secret does not give');
    await expect(tried(home.source({ manifests: [MANIFEST] }), unread)).resolves.toBeUndefined();
    await expect(tried(home.source(), flux({ APP: 'litellm' }))).resolves.toBeUndefined();
    await home.change(home.source(), { secrets: flux({ APP: 'litellm' }) });
    expect(await home.decrypted(MANIFEST)).toContain(`password: ${NEW}`);
  });

  /** What preflight does with the repository. */
  async function tried(source: GitOpsSource, secrets: readonly StagedInGit[] = SECRETS): Promise<void> {
    const workspace = openWorkspace(source, {
      secret: undefined,
      shared: home.shared,
      signal: AbortSignal.timeout(60_000),
    });
    try {
      await workspace.refresh();
      const wanted = {
        secrets,
        passwords: { previous: Password.of(OLD), pending: Password.of(NEW) },
        usernames: { previous: 'litellm', pending: 'litellm' },
      };
      await rehearse(workspace, await look(workspace, wanted), wanted);
    } finally {
      workspace.close();
    }
  }
});
