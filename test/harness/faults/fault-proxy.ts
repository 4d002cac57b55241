import { writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/** What the proxy does to a request instead of passing it on. */
export type Fault = { readonly status: number; readonly reason: string } | 'disconnect';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
}

/** The API server, and the credential that the proxy brings: a token, or a client certificate. */
interface Upstream {
  readonly server: string;
  readonly ca: Buffer;
  readonly token?: string;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/**
 * A proxy before the API server that answers in its place where a test asks for it. Everything else goes through:
 * watches, and the upgraded connections of exec and port-forward.
 */
export class FaultProxy {
  /** Decides about each request; by default all go through. */
  fault: (request: Request) => Fault | undefined = () => undefined;
  /** Each is told of a request before anything is done with it, and holds it so long. */
  readonly observers = new Set<(request: Request) => Promise<void>>();
  /** Each is told of a request that the API server has answered, and holds the answer so long. */
  readonly witnesses = new Set<(request: Request) => Promise<void>>();
  /** How many requests were answered by a fault. */
  faults = 0;
  readonly #server: http.Server;
  readonly #watches = new Set<Duplex>();
  readonly #authorization: string | undefined;
  readonly #upstream: Omit<Upstream, 'server' | 'token'> & { readonly host: string; readonly port: number };

  private constructor({ server, token, ...tlsOptions }: Upstream) {
    const { hostname, port } = new URL(server);
    this.#authorization = token === undefined ? undefined : `Bearer ${token}`;
    this.#upstream = { host: hostname, port: Number(port), ...tlsOptions };
    // An observer or a witness that fails, fails its test; here it costs a connection.
    this.#server = http.createServer((request, response) => {
      this.#answer(request, response).catch(() => request.socket.destroy());
    });
    this.#server.on('upgrade', (request: http.IncomingMessage, socket: Duplex) => {
      this.#tunnel(request, socket).catch(() => socket.destroy());
    });
  }

  static async start(upstream: Upstream): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A kubeconfig with the proxy for the API server. The user in it has no credential: the proxy brings its own. */
  writeKubeconfig(file: string): string {
    const name = 'through-the-proxy';
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name, user: {} }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  /** Breaks every watch that is open now. @returns how many. */
  dropWatches(): number {
    const { size } = this.#watches;
    for (const socket of this.#watches) socket.destroy();
    return size;
  }

  /** From now on all goes through. */
  clear(): void {
    this.fault = () => undefined;
    this.observers.clear();
    this.witnesses.clear();
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const fault = await this.#faultFor(request);
    // Held for so long that whoever asked is gone.
    if (request.socket.destroyed) return;
    if (fault === 'disconnect') {
      request.socket.destroy();
      return;
    }
    if (fault !== undefined) {
      const { status, reason } = fault;
      const body = {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason,
        code: status,
        message: `${reason} for the test`,
      };
      response.writeHead(status, { 'content-type': 'application/json', ...(status === 429 && { 'retry-after': '1' }) });
      response.end(JSON.stringify(body));
      return;
    }
    if (isWatch(request)) {
      this.#watches.add(request.socket);
      request.socket.once('close', () => this.#watches.delete(request.socket));
    }
    const upstream = https.request(
      { ...this.#upstream, method: request.method, path: request.url, headers: this.#headers(request) },
      (answer) => void this.#passOn(request, answer, response).catch(() => response.destroy()),
    );
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  async #passOn(request: http.IncomingMessage, answer: http.IncomingMessage, response: http.ServerResponse) {
    answer.on('error', () => response.destroy());
    const asked = describe(request);
    await Promise.all([...this.witnesses].map((witness) => witness(asked)));
    if (response.destroyed) {
      answer.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  }

  /** An upgraded connection: its first request is sent on by hand, then bytes go both ways. */
  async #tunnel(request: http.IncomingMessage, socket: Duplex): Promise<void> {
    socket.on('error', () => undefined);
    if ((await this.#faultFor(request)) !== undefined) {
      socket.destroy();
      return;
    }
    const upstream = tls.connect({ ...this.#upstream, ALPNProtocols: ['http/1.1'] }, () => {
      const headers = Object.entries(this.#headers(request)).map(([name, value]) => `${name}: ${String(value)}`);
      upstream.write([`${request.method ?? 'GET'} ${request.url ?? ''} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  }

  #headers(request: http.IncomingMessage): http.OutgoingHttpHeaders {
    const { host, port } = this.#upstream;
    const authorization = this.#authorization;
    return { ...request.headers, host: `${host}:${port}`, ...(authorization !== undefined && { authorization }) };
  }

  async #faultFor(message: http.IncomingMessage): Promise<Fault | undefined> {
    const request = describe(message);
    await Promise.all([...this.observers].map((observe) => observe(request)));
    const fault = this.fault(request);
    if (fault !== undefined) this.faults += 1;
    return fault;
  }
}

function describe(message: http.IncomingMessage): Request {
  return { method: message.method ?? '', path: message.url ?? '', isWatch: isWatch(message) };
}

function isWatch({ url = '' }: http.IncomingMessage): boolean {
  return url.includes('watch=true');
}
