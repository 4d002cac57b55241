import { execFile, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { Pair } from '../common/certificates.ts';

const git = promisify(execFile);

export interface GitServerOptions {
  /** The folder with the bare repositories. */
  readonly root: string;
  readonly host?: string;
  readonly port?: number;
  /** Who may read and write; without it, everybody. */
  readonly account?: { readonly username: string; readonly password: string };
  /** PEM; with it the server speaks HTTPS. */
  readonly tls?: Pair;
}

/** A real Git server over smart HTTP: Git's own `http-backend`. */
export class GitServer {
  /** While true, every request's connection is cut. */
  away = false;
  /** Runs before a push is taken, when the client has decided what to push. */
  beforePush: (() => Promise<void>) | undefined;
  /** Runs when a push was taken, before the client hears of it. */
  afterPush: (() => Promise<void>) | undefined;
  /** The path of a repository that was renamed, and where it is now: requests are redirected. */
  moved: { readonly from: string; readonly to: string } | undefined;
  /** Cuts the connection after the next push was taken, before the client hears of it. */
  cutAfterPush = false;
  readonly #options: GitServerOptions;
  readonly #server: Server;

  private constructor(options: GitServerOptions) {
    this.#options = options;
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    const { tls } = options;
    this.#server =
      tls === undefined ? createServer(answer) : createSecureServer({ cert: tls.certificate, key: tls.key }, answer);
  }

  static async start(options: GitServerOptions): Promise<GitServer> {
    const server = new GitServer(options);
    await new Promise<void>((resolve) => {
      server.#server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
    });
    return server;
  }

  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${address}:${port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.away) {
      request.socket.destroy();
      return;
    }
    const { moved } = this;
    if (moved !== undefined && request.url?.startsWith(moved.from) === true) {
      response.writeHead(301, { location: `${this.address}${request.url.replace(moved.from, moved.to)}` }).end();
      return;
    }
    if (!this.#isAllowed(request)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const url = new URL(request.url ?? '/', 'http://localhost');
    const isPush = request.method === 'POST' && url.pathname.endsWith('/git-receive-pack');
    if (isPush && this.beforePush !== undefined) {
      const run = this.beforePush;
      this.beforePush = undefined;
      await run();
    }
    const cut = isPush && this.cutAfterPush;
    if (cut) this.cutAfterPush = false;
    const before = isPush ? this.afterPush : undefined;
    if (isPush) this.afterPush = undefined;
    this.#serve(request, response, url, async () => {
      await before?.();
      return cut;
    });
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    const { account } = this.#options;
    if (account === undefined) return true;
    const expected = Buffer.from(`${account.username}:${account.password}`).toString('base64');
    return headers.authorization === `Basic ${expected}`;
  }

  #serve(request: IncomingMessage, response: ServerResponse, url: URL, isCut: () => Promise<boolean>): void {
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: this.#options.root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_COUNT: '2',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        GIT_CONFIG_KEY_1: 'http.receivepack',
        GIT_CONFIG_VALUE_1: 'true',
        PATH_INFO: decodeURIComponent(url.pathname),
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_USER: 'rotator',
        REMOTE_ADDR: '127.0.0.1',
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    request.pipe(child.stdin);
    child.stdin.on('error', () => undefined);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('close', () => {
      void isCut().then((cut) => (cut ? request.socket.destroy() : answer(response, chunks)));
    });
  }
}

/** CGI: the head of what the program writes is the head of the answer. */
function answer(response: ServerResponse, chunks: readonly Buffer[]): void {
  const output = Buffer.concat(chunks);
  const end = output.indexOf('\r\n\r\n');
  const head = output.subarray(0, Math.max(end, 0)).toString('latin1').split('\r\n');
  const headers = head.map((line) => line.split(/:\s*/, 2) as [string, string]);
  const status = headers.find(([name]) => name === 'Status')?.[1];
  response.writeHead(
    status === undefined ? 200 : Number(status.slice(0, 3)),
    Object.fromEntries(headers.filter(([name]) => name !== 'Status' && name !== '')),
  );
  response.end(output.subarray(end + 4));
}

/** A bare repository with one empty branch. */
export async function createRepository(directory: string, branch = 'main'): Promise<void> {
  await git('git', ['init', '--quiet', '--bare', `--initial-branch=${branch}`, directory]);
  await git('git', ['-C', directory, 'config', 'uploadpack.allowFilter', 'true']);
}
