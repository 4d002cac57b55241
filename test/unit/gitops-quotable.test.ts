import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitFailure, readPush } from '../../src/gitops/git-errors.ts';
import { describeRepository, givenToGit, quotable } from '../../src/gitops/quotable.ts';
import { runInClone } from '../../src/gitops/render.ts';
import { failure } from '../../src/gitops/sops.ts';
import type { Workspace } from '../../src/gitops/workspace.ts';
import { GITOPS } from '../harness/examples.ts';

const GIVEN = 'to"ken/with+signs';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a child’s words', () => {
  it.each([
    ['as it is', GIVEN],
    ['percent-encoded', encodeURIComponent(GIVEN)],
    ['in a JSON text', JSON.stringify({ a: GIVEN })],
    ['in base64', base64(GIVEN)],
    ['in base64, behind a user’s name', base64(`u:${GIVEN}`)],
    ['in base64, behind another one', base64(`me:${GIVEN}\n`)],
    ['in base64 for addresses', Buffer.from(`me:${GIVEN}`).toString('base64url')],
    ['before its last words', `${GIVEN}\nfatal: no`],
  ])('are not told where they have in them what it was given: %s', (_, output) => {
    expect(quotable(`fatal: ${output}`, [GIVEN])).toBeUndefined();
  });

  it('are told otherwise, the last line alone', () => {
    expect(quotable('one\nfatal: could not resolve host\n', [GIVEN, ''])).toBe('fatal: could not resolve host');
  });
});

describe('what Git says', () => {
  const directory = mkdtempSync(join(tmpdir(), 'quotable-'));
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const given = givenToGit('https://ghp_0123456789abcdef@git.example/home.git', {
    passwordFile: file('password', 'pw-1\n'),
    usernameFile: file('username', 'git'),
    identityFile: file('identity', '-----BEGIN KEY-----\nb3BlbnNzaC1rZXktdjE\n-----END KEY-----\n'),
  });

  it.each([
    ['its password', 'fatal: pw-1'],
    ['a token in the repository’s address', 'fatal: unable to access https://ghp_0123456789abcdef@git.example/'],
    ['a line of its key', 'error in b3BlbnNzaC1rZXktdjE'],
  ])('is told without %s', (_, stderr) => {
    const { message } = gitFailure('https://ghp_0123456789abcdef@git.example/home.git', 'clone', stderr, given);
    expect(message).toContain('its words are not told');
    expect(message).not.toMatch(/pw-1|ghp_|b3Blb/);
    const push = readPush(1, `! HEAD (${stderr})`, 'remote: no', given);
    expect(JSON.stringify(push)).not.toMatch(/pw-1|ghp_|b3Blb/);
  });

  it('is told where it has none of these, and the user’s short name is none', () => {
    expect(gitFailure('https://git.example/home.git', 'clone', 'fatal: git is away', given).message).toContain(
      'fatal: git is away',
    );
    expect(describeRepository('ssh://git@git.example/home.git')).toBe('ssh://git@git.example/home.git');
  });
});

describe('what is not told at all', () => {
  it.each([
    [3, 'exit code 3'],
    [205, 'give it "-y"'],
  ])('is the output of a render that prints what it had in hand and ends with %i', async (code, text) => {
    const directory = mkdtempSync(join(tmpdir(), 'render-'));
    writeFileSync(join(directory, 'secret'), 'other-secret');
    const workspace = {
      repository: { directory },
      source: GITOPS,
      signal: new AbortController().signal,
    } as unknown as Workspace;
    const failed = await runInClone(workspace, ['sh', '-c', `cat secret; cat secret >&2; exit ${code}`]).catch(
      (error: unknown) => String(error),
    );
    expect(failed).toContain(text);
    expect(failed).not.toContain('other-secret');
  });

  it('is the output of SOPS', () => {
    const finished = { exitCode: 1, stdout: 'other-secret', stderr: 'yaml: other-secret', timedOut: false };
    const { message } = failure('encrypt', 'a.sops.yaml', finished);
    expect(message).toContain('run "sops encrypt a.sops.yaml" yourself');
    expect(message).not.toContain('other-secret');
  });
});
