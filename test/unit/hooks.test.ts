import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledFailure } from '@temporalio/common';
import type { HookAnswer, HookQuestion } from '../../src/domain/hook.ts';
import { askHook } from '../../src/hooks/ask-hook.ts';

const QUESTION: HookQuestion = {
  action: 'rotate',
  component: 'litellm',
  namespace: 'ai-system',
  cluster: 'litellm-postgresql',
  role: 'litellm',
  rotation: 'litellm-1',
  workflowId: 'rotate-litellm',
};
const NEVER = new AbortController().signal;

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'hooks-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of the folder. */
function write(name: string, content: string, mode = 0o600): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

describe('a command', () => {
  const ask = (argv: readonly string[], timeoutMs = 60_000, signal = NEVER): Promise<HookAnswer> =>
    askHook({ kind: 'command', argv }, QUESTION, { timeoutMs, signal });
  const sh = (script: string): readonly string[] => ['sh', '-c', script];

  it('that ends with exit code 0 allows', async () => {
    await expect(ask(['true'])).resolves.toEqual({ kind: 'allowed' });
  });

  it('that ends with another exit code refuses, with the first line on stderr', async () => {
    const script = 'echo on stdout; echo >&2; printf "no \\033[31mbackup\\nmore\\n" >&2; exit 7';
    await expect(ask(sh(script))).resolves.toEqual({
      kind: 'refused',
      how: 'it ended with exit code 7',
      reason: 'no  [31mbackup',
    });
  });

  it('that says nothing on stderr refuses with the first line on stdout', async () => {
    await expect(ask(sh('echo no backup; exit 1'))).resolves.toMatchObject({ reason: 'no backup' });
  });

  it('learns what is to change from its environment, and nothing else of the worker', async () => {
    process.env['CNPG_ROTATOR_TEST_SETTING'] = 'a setting of the worker';
    const answer = await ask(sh('env | grep -E "^(ROTATION|CNPG)_" | sort | tr "\\n" " "; exit 1'));
    delete process.env['CNPG_ROTATOR_TEST_SETTING'];
    expect(answer).toMatchObject({
      reason:
        'ROTATION_ACTION=rotate ROTATION_CLUSTER=litellm-postgresql ROTATION_COMPONENT=litellm ROTATION_ID=litellm-1 ROTATION_NAMESPACE=ai-system ROTATION_ROLE=litellm ROTATION_WORKFLOW_ID=rotate-litellm',
    });
  });

  it('is run without a shell', async () => {
    await expect(ask(['test', '$((1+1))', '!=', '2'])).resolves.toEqual({ kind: 'allowed' });
  });

  it('may print as much as it likes, of which only the beginning is kept', async () => {
    await expect(ask(sh('head -c 100000000 /dev/zero'))).resolves.toEqual({ kind: 'allowed' });
    const refused = await ask(sh('head -c 100000000 /dev/zero | tr "\\0" x >&2; exit 1'));
    expect(refused).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/^x{300,16384}$/) as string });
  });

  it('that hangs is ended with its children, and has not answered', async () => {
    const mark = path.join(folder, 'still-there');
    const script = `(sleep 6; touch ${mark}) & wait`;
    await expect(ask(sh(script), 200)).resolves.toEqual({
      kind: 'unanswered',
      because: 'it did not end in time, and was ended',
      again: false,
    });
    expect(await isRunning(mark)).toBe(false);
  });

  it('ends when the rotation is cancelled', async () => {
    const cancelled = new AbortController();
    const mark = path.join(folder, 'cancelled');
    const asking = ask(sh(`touch ${mark}-begun; (sleep 60; touch ${mark}) & wait`), 60_000, cancelled.signal);
    while (!(await isRunning(mark))) await sleep(20);
    cancelled.abort(new CancelledFailure('cancelled'));
    await expect(asking).rejects.toThrow(CancelledFailure);
    expect(await isRunning(mark)).toBe(false);
  });

  it('that is absent, or may not be run, has not answered', async () => {
    await expect(ask(['/nowhere/backup-exists'])).resolves.toEqual({
      kind: 'unanswered',
      because: 'the worker has no such program',
      again: false,
    });
    await expect(ask([write('not-executable', '#!/bin/sh\nexit 0\n')])).resolves.toEqual({
      kind: 'unanswered',
      because: 'the worker could not start the program (EACCES)',
      again: false,
    });
  });

  /** Whether a process with this text in its command line runs. */
  async function isRunning(text: string): Promise<boolean> {
    const { execa } = await import('execa');
    const { stdout } = await execa('ps', ['-eo', 'args']);
    return stdout.split('\n').some((args) => args.includes(text) && !args.startsWith('ps '));
  }
});

describe('a webhook', () => {
  interface Received {
    readonly method: string | undefined;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }
  const received: Received[] = [];
  let answer: (response: ServerResponse) => void;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ method: request.method, headers: request.headers, body });
      answer(response);
    });
  });
  let url: string;

  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/before`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => received.splice(0));

  const ask = (more: { readonly tokenFile?: string; readonly url?: string } = {}, timeoutMs = 60_000, signal = NEVER) =>
    askHook({ kind: 'webhook', url, ...more }, QUESTION, { timeoutMs, signal });
  const says = (status: number, body = '', headers: Record<string, string> = {}): void => {
    answer = (response) => response.writeHead(status, headers).end(body);
  };

  it.each([200, 204, 299])('that answers %i allows', async (status) => {
    says(status, status === 204 ? '' : 'no backup');
    await expect(ask()).resolves.toEqual({ kind: 'allowed' });
  });

  it('gets the question as JSON, and the token of its file', async () => {
    says(200);
    await ask({ tokenFile: write('token', 'tok-0123456789\n') });
    expect(received).toMatchObject([
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer tok-0123456789' },
        body: JSON.stringify(QUESTION),
      },
    ]);
  });

  it.each([400, 403, 404, 409, 500, 503])(
    'that answers %i refuses, with the first line of its body',
    async (status) => {
      says(status, '\n  no backup since Tuesday\nmore of it\n');
      await expect(ask()).resolves.toEqual({
        kind: 'refused',
        how: `it answered ${status}`,
        reason: 'no backup since Tuesday',
      });
    },
  );

  it('that redirects refuses, and the token goes nowhere else', async () => {
    says(307, '', { location: `${url}/elsewhere` });
    const refused = await ask({ tokenFile: write('token', 'tok-0123456789') });
    expect(refused).toEqual({ kind: 'refused', how: 'it answered 307', reason: '' });
    expect(received).toHaveLength(1);
  });

  it('that repeats its token, or a URI with a password, is quoted without them', async () => {
    says(401, 'bad token tok-0123456789 for postgres://me:secret-of-mine@db/x');
    await expect(ask({ tokenFile: write('token', 'tok-0123456789') })).resolves.toMatchObject({
      reason: 'bad token [password] for postgres://me:[password]@db/x',
    });
  });

  it('that never ends its body refuses with what it said so far', async () => {
    answer = (response) => {
      response.writeHead(500);
      const more = setInterval(() => response.write('x'.repeat(10_000)), 1);
      response.on('close', () => clearInterval(more));
    };
    await expect(ask()).resolves.toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/^x{300,16384}$/) as string,
    });
  });

  it('that does not answer in time has not answered', async () => {
    answer = () => undefined;
    await expect(ask({}, 100)).resolves.toEqual({
      kind: 'unanswered',
      because: 'it did not answer in time',
      again: false,
    });
  });

  it('is left alone when the rotation is cancelled', async () => {
    const cancelled = new AbortController();
    answer = () => cancelled.abort(new CancelledFailure('cancelled'));
    await expect(ask({}, 60_000, cancelled.signal)).rejects.toThrow(CancelledFailure);
  });

  it('that cannot be reached may be asked again', async () => {
    const closed = createServer();
    await new Promise<void>((listening) => closed.listen(0, '127.0.0.1', listening));
    const { port } = closed.address() as AddressInfo;
    await new Promise((ended) => closed.close(ended));
    await expect(ask({ url: `http://127.0.0.1:${port}/before?key=secret` })).resolves.toEqual({
      kind: 'unanswered',
      because: 'it could not be reached (ECONNREFUSED)',
      again: true,
    });
  });

  it('is not asked without its token', async () => {
    await expect(ask({ tokenFile: path.join(folder, 'absent') })).resolves.toMatchObject({
      kind: 'unanswered',
      because: expect.stringContaining('could not read the token in') as string,
    });
    expect(received).toEqual([]);
  });
});
