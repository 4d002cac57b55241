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

/**
 * A proxy before the API server that answers in its place where a test asks for it. Everything else goes through:
 * watches, and the upgraded connections of exec and port-forward.
 */
export class FaultProxy {
  /** Decides about each request; by default all go through. */
  fault: (request: Request) => Fault | undefined = () => undefined;
  /** How many requests were answered by a fault. */
  faults = 0;
  readonly #server: http.Server;
  readonly #watches = new Set<Duplex>();
  readonly #upstream: { readonly host: string; readonly port: number; readonly ca: Buffer; readonly token: string };

  private constructor(upstream: { server: string; ca: Buffer; token: string }) {
    const { hostname, port } = new URL(upstream.server);
    this.#upstream = { host: hostname, port: Number(port), ca: upstream.ca, token: upstream.token };
    this.#server = http.createServer((request, response) => this.#answer(request, response));
    this.#server.on('upgrade', (request: http.IncomingMessage, socket: Duplex) => this.#tunnel(request, socket));
  }

  static async start(upstream: { server: string; ca: Buffer; token: string }): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks every watch that is open now. @returns how many. */
  dropWatches(): number {
    const { size } = this.#watches;
    for (const socket of this.#watches) socket.destroy();
    return size;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const fault = this.#faultFor(request);
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
    const { host, port, ca } = this.#upstream;
    const upstream = https.request(
      { host, port, ca, method: request.method, path: request.url, headers: this.#headers(request) },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
      },
    );
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  /** An upgraded connection: its first request is sent on by hand, then bytes go both ways. */
  #tunnel(request: http.IncomingMessage, socket: Duplex): void {
    socket.on('error', () => undefined);
    if (this.#faultFor(request) !== undefined) {
      socket.destroy();
      return;
    }
    const { host, port, ca } = this.#upstream;
    const upstream = tls.connect({ host, port, ca, ALPNProtocols: ['http/1.1'] }, () => {
      const headers = Object.entries(this.#headers(request)).map(([name, value]) => `${name}: ${String(value)}`);
      upstream.write([`${request.method ?? 'GET'} ${request.url ?? ''} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  }

  #headers(request: http.IncomingMessage): http.OutgoingHttpHeaders {
    const { host, port, token } = this.#upstream;
    return { ...request.headers, host: `${host}:${port}`, authorization: `Bearer ${token}` };
  }

  #faultFor(request: http.IncomingMessage): Fault | undefined {
    const fault = this.fault({ method: request.method ?? '', path: request.url ?? '', isWatch: isWatch(request) });
    if (fault !== undefined) this.faults += 1;
    return fault;
  }
}

function isWatch({ url = '' }: http.IncomingMessage): boolean {
  return url.includes('watch=true');
}
