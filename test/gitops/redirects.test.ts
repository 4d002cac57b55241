import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { useTools } from '../../sandbox/gitops/tools.ts';
import { Home } from '../harness/git/home.ts';

useTools();

const PASSWORD = 'a-token-of-the-server';

/** A server that answers every request so, and keeps the header with the credentials of each. */
class Elsewhere {
  readonly seen: string[] = [];
  readonly #server: Server;

  constructor(
    answer: (request: IncomingMessage) => { readonly status: number; readonly headers: OutgoingHttpHeaders },
  ) {
    this.#server = createServer((request, response) => {
      this.seen.push(request.headers.authorization ?? 'none');
      const { status, headers } = answer(request);
      response.writeHead(status, headers).end();
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('the credentials of a repository', () => {
  let home: Home;
  let thief: Elsewhere;
  beforeAll(async () => {
    home = await Home.open({ account: { username: 'rotator', password: PASSWORD } });
    thief = await new Elsewhere(() => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="git"' } })).start();
  });
  afterAll(async () => {
    thief.stop();
    await home.close();
  });

  const through = (server: Elsewhere, path = 'home.git') => {
    const passwordFile = join(home.directory, 'password');
    writeFileSync(passwordFile, PASSWORD);
    const credentials = { kind: 'password', username: 'rotator', passwordFile } as const;
    return home.change(home.source({ repository: `${server.address}/${path}`, credentials }));
  };

  test.each(['at once', 'after it has seen them'])('do not follow a redirect to another host %s', async (when) => {
    const server = await new Elsewhere(({ headers, url }) =>
      when !== 'at once' && headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="git"' } }
        : { status: 302, headers: { location: `${thief.address}${url ?? ''}` } },
    ).start();
    try {
      const failed = await through(server).catch((error: unknown) => error);
      expect(failed).toMatchObject({ type: 'GitForbidden', retryable: false });
      if (when === 'at once')
        expect(String(failed)).toContain(`redirects to ${thief.address}, which asks for credentials`);
      expect(thief.seen).not.toEqual([]);
      expect(new Set(thief.seen)).toEqual(new Set(['none']));
      expect(String(failed)).not.toContain(PASSWORD);
    } finally {
      server.stop();
    }
  });

  test('follow a redirect of the same host', async () => {
    const passwordFile = join(home.directory, 'password');
    writeFileSync(passwordFile, PASSWORD);
    const credentials = { kind: 'password', username: 'rotator', passwordFile } as const;
    home.server.moved = { from: '/old-name.git', to: '/home.git' };
    const repository = `${home.server.address}/old-name.git`;
    await expect(home.change(home.source({ repository, credentials }))).resolves.toMatchObject({ pushed: true });
  });
});
