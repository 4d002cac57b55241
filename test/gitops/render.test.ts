import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { useTools } from '../../sandbox/gitops/tools.ts';
import { differences } from '../../src/gitops/yaml-edit.ts';
import { Home } from '../harness/git/home.ts';
import { MANIFEST, NEW, OLD, OTHER_MANIFEST, manifests } from '../harness/git/manifests.ts';

useTools();

const variables = (password: string): string =>
  `# mine\nlitellm_db_password: "${password}"\nlangfuse_db_password: langfuse-password-55555\n`;

describe('a password in the variable that "task configure" renders from', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.open({ keys: 'stringData' });
  });
  afterEach(() => home.close());

  test("reaches the manifests by a render, of which only the component's files are committed", async () => {
    chmodSync(home.variables, 0o640);
    await expect(home.change(home.rendered())).resolves.toMatchObject({ pushed: true, warnings: [] });

    const [commit] = await home.log();
    // The render has encrypted every other file anew, too.
    expect(commit?.files).toEqual([MANIFEST]);
    expect(differences(manifests(NEW, 'stringData'), await home.decrypted(MANIFEST), MANIFEST)).toEqual([]);
    expect(home.variableFile()).toBe(variables(NEW));
    expect(statSync(home.variables).mode & 0o777).toBe(0o640);
    expect(await home.allObjects()).not.toContain(NEW);
  });

  test('goes back by a render too', async () => {
    await home.change(home.rendered());
    await home.change(home.rendered(), { target: 'previous' });

    expect(differences(manifests(OLD, 'stringData'), await home.decrypted(MANIFEST), MANIFEST)).toEqual([]);
    expect(home.variableFile()).toBe(variables(OLD));
  });

  test("reaches the worker's own file after a crash between the push and that", async () => {
    await home.change(home.rendered());
    writeFileSync(home.variables, variables(OLD));

    await expect(home.change(home.rendered())).resolves.toMatchObject({ pushed: false });
    expect(home.variableFile()).toBe(variables(NEW));
  });

  test('changes in an encrypted file of the repository together with the manifests, in one commit', async () => {
    home.write('.sops.yaml', (await home.git('show', 'HEAD:.sops.yaml')) + home.ruleFor('cluster\\.sops\\.yaml'));
    home.writeEncrypted('cluster.sops.yaml', variables(OLD));
    await home.commit('Keep the variables here');
    const source = home.source({ variable: { file: 'cluster.sops.yaml', key: 'litellm_db_password' } });
    await home.change(source);

    expect((await home.log())[0]?.files).toEqual(['cluster.sops.yaml', MANIFEST]);
    expect(differences(variables(NEW), await home.decrypted('cluster.sops.yaml'), 'x')).toEqual([]);
    expect(differences(manifests(NEW, 'stringData'), await home.decrypted(MANIFEST), MANIFEST)).toEqual([]);
  });

  test('stays as it is when "task configure" wants to ask somebody', async () => {
    await expect(home.change(home.rendered({ render: ['task', 'configure'] }))).rejects.toMatchObject({
      type: 'RenderFailed',
      message: expect.stringMatching(/exit code 205.*give it "-y"/) as string,
    });
    expect(await home.log()).toHaveLength(1);
    expect(home.variableFile()).toBe(variables(OLD));
  });

  test('stays as it is when "task configure" fails, and none of its words are told', async () => {
    await home.replaceInRepository('Taskfile.yaml', '- makejinja', `- echo "cannot take ${NEW}" >&2; exit 3`);
    const failed = await home.change(home.rendered()).catch((error: unknown) => error);
    expect(failed).toMatchObject({ type: 'RenderFailed', retryable: false });
    expect(String(failed)).toContain('one of its commands failed');
    expect(String(failed)).not.toContain('cannot take');
    expect(await home.log()).toHaveLength(2);
  });

  test.each([
    ['another file', 'README.md', '- makejinja', '- makejinja; echo more >> README.md'],
    ['a new file', 'kubernetes/new.yaml', '- makejinja', '- makejinja; echo more > kubernetes/new.yaml'],
  ])('stays as it is when the render touches %s', async (_, path, from, to) => {
    await home.replaceInRepository('Taskfile.yaml', from, to);
    await expect(home.change(home.rendered())).rejects.toMatchObject({
      type: 'ChangeTouchesOthers',
      message: expect.stringContaining(path) as string,
    });
    expect(await home.log()).toHaveLength(2);
  });

  test("stays as it is when the render changes another component's password", async () => {
    writeFileSync(home.variables, variables(OLD).replace('55555', '66666'));
    await expect(home.change(home.rendered())).rejects.toMatchObject({
      type: 'ChangeTouchesOthers',
      message: expect.stringContaining(OTHER_MANIFEST) as string,
    });
    expect(await home.log()).toHaveLength(1);
  });

  test("stays as it is when the render changes another key of the component's file", async () => {
    await home.replaceInRepository(`templates/${MANIFEST}.j2`, 'sk-1234', 'sk-9999');
    await expect(home.change(home.rendered())).rejects.toMatchObject({
      type: 'ChangeTouchesOthers',
      message: expect.stringContaining(`${MANIFEST} (document 2: stringData.MASTER_KEY)`) as string,
    });
    expect(await home.log()).toHaveLength(2);
  });

  test('stays as it is when no template uses the variable', async () => {
    await home.replaceInRepository(`templates/${MANIFEST}.j2`, '#{ litellm_db_password }#', OLD);
    await expect(home.change(home.rendered())).rejects.toMatchObject({ type: 'RenderFailed' });
    expect(await home.log()).toHaveLength(2);
  });

  test('may bring further files along where the configuration allows them', async () => {
    await home.replaceInRepository('Taskfile.yaml', '- makejinja', '- makejinja; mkdir -p sums; echo 1 > sums/litellm');
    await home.change(home.rendered({ allowedPaths: ['sums/'] }));
    expect((await home.log())[0]?.files).toEqual([MANIFEST, 'sums/litellm']);
  });
});
