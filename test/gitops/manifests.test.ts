import { readdirSync } from 'node:fs';
import { useTools } from '../../sandbox/gitops/tools.ts';
import { differences } from '../../src/gitops/yaml-edit.ts';
import { Home } from '../harness/git/home.ts';
import { MANIFEST, NEW, OLD, manifests } from '../harness/git/manifests.ts';

useTools();

describe('a password in the encrypted manifests', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.open();
  });
  afterEach(() => home.close());

  test('changes in every document that has it, by one commit that says which rotation made it', async () => {
    const change = await home.change(home.source());

    expect(change).toMatchObject({ pushed: true, warnings: [] });
    const [commit, ...older] = await home.log();
    expect(commit?.message.trim()).toBe(
      'rotate: Update litellm database password\n\nRotation-Id: litellm-1\nRotation-Strategy: in-place\nRotation-Target: pending',
    );
    expect(commit?.files).toEqual([MANIFEST]);
    expect(older).toHaveLength(1);
    const now = await home.decrypted(MANIFEST);
    expect(differences(manifests(NEW), now, MANIFEST)).toEqual([]);
    expect(now).toContain('# kept as it is');
  });

  test('is undone by a commit of its own', async () => {
    await home.change(home.source());
    await home.change(home.source(), { target: 'previous' });

    const messages = (await home.log()).map(({ message }) => message.split('\n')[0]);
    expect(messages.slice(0, 2)).toEqual([
      'rotate: Restore litellm database password',
      'rotate: Update litellm database password',
    ]);
    expect(differences(manifests(OLD), await home.decrypted(MANIFEST), MANIFEST)).toEqual([]);
  });

  test('is committed once, however often the step runs', async () => {
    const first = await home.change(home.source());
    const second = await home.change(home.source());

    expect(second).toEqual({ commit: first.commit, pushed: false, warnings: [] });
    expect(await home.log()).toHaveLength(2);
  });

  test('is committed once when the connection breaks after the server took the push', async () => {
    home.server.cutAfterPush = true;
    // Some versions of curl ask again by themselves, and are told that the branch has moved on.
    await home.change(home.source()).catch((error: unknown) => expect(error).toMatchObject({ retryable: true }));

    await expect(home.change(home.source())).resolves.toMatchObject({ pushed: false });
    expect(await home.log()).toHaveLength(2);
  });

  test('waits for a repository that is away, and says so', async () => {
    home.server.away = true;
    await expect(home.change(home.source())).rejects.toMatchObject({
      type: 'GitUnreachable',
      retryable: true,
      message: expect.stringContaining('Could not clone the repository http://127.0.0.1') as string,
    });
    home.server.away = false;
    await expect(home.change(home.source())).resolves.toMatchObject({ pushed: true });
  });

  test('starts over when somebody else pushed another file first', async () => {
    home.server.beforePush = async () => {
      home.write('README.md', '# changed\n');
      await home.commit('Meanwhile');
    };
    await expect(home.change(home.source())).resolves.toMatchObject({ pushed: true });

    expect((await home.log()).map(({ message }) => message.split('\n')[0])).toEqual([
      'rotate: Update litellm database password',
      'Meanwhile',
      'Initial',
    ]);
    await home.pull();
    expect(await home.git('show', 'HEAD:README.md')).toBe('# changed\n');
  });

  test('starts over from the same file when somebody else changed another value in it', async () => {
    const theirs = (password: string): string => manifests(password).replace('c2stMTIzNA==', 'c2stOTk5OQ==');
    home.server.beforePush = async () => {
      home.writeEncrypted(MANIFEST, theirs(OLD));
      await home.commit('Another master key');
    };
    await home.change(home.source());

    expect(differences(theirs(NEW), await home.decrypted(MANIFEST), MANIFEST)).toEqual([]);
  });

  test('is left alone when somebody else changed it meanwhile', async () => {
    home.server.beforePush = async () => {
      home.writeEncrypted(MANIFEST, manifests('a-third-password-77777'));
      await home.commit('By hand');
    };
    await expect(home.change(home.source())).rejects.toMatchObject({ type: 'GitDisagrees', retryable: false });
    expect((await home.log())[0]?.message).toContain('By hand');
  });

  test('is not set again when somebody took the commit back', async () => {
    const { commit = '' } = await home.change(home.source());
    await home.pull();
    home.writeEncrypted(MANIFEST, manifests(OLD));
    await home.commit('No');

    await expect(home.change(home.source())).rejects.toMatchObject({
      type: 'GitDisagrees',
      message: expect.stringContaining(commit) as string,
    });
  });

  test('is reported with the words of a hook that refuses it', async () => {
    await home.refusePushes('no commits of robots here');
    await expect(home.change(home.source())).rejects.toMatchObject({
      type: 'GitPushRefused',
      message: expect.stringContaining('no commits of robots here') as string,
    });
    expect(await home.log()).toHaveLength(1);
  });

  test('cannot be changed with the wrong key', async () => {
    await expect(home.change(home.source({ ageKeyFile: home.anotherKey() }))).rejects.toMatchObject({
      type: 'SopsKeyRefused',
      message: expect.stringContaining(MANIFEST) as string,
    });
  });

  test('cannot be changed in a file that was changed without SOPS', async () => {
    await home.tamper(MANIFEST);
    await expect(home.change(home.source())).rejects.toMatchObject({
      type: 'SopsMacMismatch',
      message: expect.stringContaining(MANIFEST) as string,
    });
    expect(await home.log()).toHaveLength(2);
  });

  test('is not looked for in plaintext', async () => {
    home.write(MANIFEST, manifests(OLD));
    await home.commit('Oops');
    await expect(home.change(home.source())).rejects.toMatchObject({ type: 'SecretInPlaintext' });
  });

  test('stays encrypted for those who could read it before, whatever .sops.yaml says now', async () => {
    home.write('.sops.yaml', 'creation_rules: []\n');
    await home.commit('Another rule');
    await expect(home.change(home.source())).resolves.toMatchObject({ pushed: true });
    expect(differences(manifests(NEW), await home.decrypted(MANIFEST), MANIFEST)).toEqual([]);
  });

  test('leaves no folder and no plaintext behind', async () => {
    await home.change(home.source());
    await expect(home.change(home.source({ ageKeyFile: home.anotherKey() }), { rotation: 'x' })).rejects.toThrow();

    expect(readdirSync('/dev/shm').filter((name) => name.startsWith(`cnpg-rotator-git-${process.pid}-`))).toEqual([]);
    expect(await home.allObjects()).not.toContain(NEW);
    expect(await home.allObjects()).not.toContain(Buffer.from(NEW).toString('base64').slice(0, 20));
  });
});

describe('the credentials of the repository', () => {
  const account = { username: 'rotator', password: 'git-token-%s\\n-$HOME-0123456789' };
  let home: Home;
  beforeAll(async () => {
    home = await Home.open({ account });
  });
  afterAll(() => home.close());

  test("come from a Secret with Flux's keys", async () => {
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const source = home.source({ credentials: { kind: 'secret', namespace: 'flux-system', name: 'flux-system' } });
    const credentials = { username: encode(account.username), password: encode(account.password) };
    await expect(home.change(source, { credentials })).resolves.toMatchObject({ pushed: true });
  });

  test('are refused with a sentence that says what to do, and without the password', async () => {
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const source = home.source({ credentials: { kind: 'secret', namespace: 'flux-system', name: 'flux-system' } });
    const credentials = { username: encode(account.username), password: encode('wrong-token') };
    const refused = await home.change(source, { credentials }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ type: 'GitForbidden', retryable: false });
    expect(String(refused)).not.toContain('wrong-token');
  });
});
