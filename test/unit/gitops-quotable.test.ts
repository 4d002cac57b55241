import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitFailure, readPush } from '../../src/gitops/git-errors.ts';
import { describeRepository, givenToGit, quotable } from '../../src/gitops/quotable.ts';
import { runInClone } from '../../src/gitops/render.ts';
import { secretsOfEnvironment } from '../../src/programs/run.ts';
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
    ['in base64 that is broken into lines', base64(`some:${GIVEN}`).replace(/(.{7})/g, '$1\n')],
    ['in hexadecimal', Buffer.from(GIVEN).toString('hex')],
    [
      'in hexadecimal with colons',
      Buffer.from(GIVEN)
        .toString('hex')
        .toUpperCase()
        .replace(/(..)(?=.)/g, '$1:'),
    ],
    ['in the quotes of a shell', `'${GIVEN}'`],
    ['with the escapes of a shell', GIVEN.replaceAll('"', '\\"').replaceAll('+', '\\+')],
    ['with the escapes of Go’s JSON', GIVEN.replaceAll('+', '\\u002b')],
    ['in HTML', GIVEN.replaceAll('"', '&quot;')],
    ['cut short', `${GIVEN.slice(0, 10)}…`],
    ['in YAML, folded', `${GIVEN.slice(0, 9)}\n  ${GIVEN.slice(9)}`],
  ])('are not told where they have in them what it was given: %s', (_, output) => {
    expect(quotable(`fatal: ${output}`, [GIVEN])).toBeUndefined();
  });

  it('are told otherwise, the last line alone', () => {
    expect(quotable('one\nfatal: could not resolve host\n', [GIVEN, ''])).toBe('fatal: could not resolve host');
  });
});

describe('the worker’s environment', () => {
  it('has secrets that a child must not show: tokens, keys, and the user of a proxy', () => {
    const env = {
      HTTPS_PROXY: 'http://proxy-user:proxy%2Fpassword@proxy.example:3128',
      AWS_SECRET_ACCESS_KEY: 'aws-secret',
      VAULT_TOKEN: 'hvs.token',
      GOOGLE_APPLICATION_CREDENTIALS: '/keys/google.json',
      AWS_REGION: 'eu-central-1',
      NOT_PASSED_ON_TOKEN: 'another',
    };
    expect(new Set(secretsOfEnvironment(env))).toEqual(
      new Set(['proxy-user', 'proxy%2Fpassword', 'proxy/password', 'aws-secret', 'hvs.token']),
    );
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

  it('is told where another host asks for the credentials, by its scheme, host and port alone', () => {
    const stderr =
      "fatal: could not read Username for 'https://git.elsewhere/a?token=secret': terminal prompts disabled";
    const { type, message } = gitFailure('https://git.example/home.git', 'clone', stderr, given);
    expect(type).toBe('GitForbidden');
    expect(message).toContain('redirects to https://git.elsewhere, which asks for credentials');
    expect(message).not.toContain('secret');
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
