import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable, type Duplex } from 'node:stream';
import { stringify } from 'yaml';
import { z } from 'zod';
import { Authority, type Pair } from '../../common/certificates.ts';
import { Authorization, type User } from './authorization.ts';
import { discover } from './discovery.ts';
import { ApiError } from './errors.ts';
import type { ApiFaults, Fault } from './faults.ts';
import type { ResourceName } from './objects.ts';
import { isTrue, pageNotFound, parseRequest } from './request-info.ts';
import { Channels } from './serve-channels.ts';
import { Pages } from './pages.ts';
import { serveLog } from './serve-log.ts';
import { keyOf, readObject, serveObjects, type ApiRequest } from './serve-objects.ts';
import { serveWatch } from './serve-watch.ts';
import type { Store } from './store-types.ts';
import type { ApiServer, ApiServerOptions } from './server-types.ts';

const HOST = '127.0.0.1';
const NONE: ReadonlySet<ResourceName> = new Set();
const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const HEALTH = ['/healthz', '/livez', '/readyz'];
/** Which an API server makes by itself. */
const SYSTEM_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
/** How soon an API server that is to be down breaks what is open, in milliseconds. */
const LOOK_WHETHER_DOWN_MS = 50;

/** As RBAC takes them: an absent `resourceAttributes` asks for a path, such as `/metrics`, of which we have none. */
const reviewSchema = z.object({
  spec: z.object({
    resourceAttributes: z.object({
      verb: z.string(),
      group: z.string().default(''),
      resource: z.string(),
      subresource: z.string().optional(),
      namespace: z.string().optional(),
      name: z.string().optional(),
    }),
  }),
});

/** Starts the API server on a free port of this machine's loopback, with TLS: kubectl sends no token without. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  makeSystemNamespaces(options.store);
  const authority = await Authority.create('embedded');
  const own = await authority.issue({ name: 'kube-apiserver', dns: ['localhost'], addresses: [HOST] });
  const server = new HttpsApi(options, own, authority.certificate);
  await server.listen();
  return server;
}

function makeSystemNamespaces(store: Store): void {
  for (const name of SYSTEM_NAMESPACES) {
    if (store.find('namespaces', { name }) === undefined)
      store.create('namespaces', { metadata: { name } }, { manager: 'kube-apiserver' });
  }
}

class HttpsApi implements ApiServer {
  readonly #authorization: Authorization;
  readonly #channels: Channels;
  readonly #pages: Pages;
  readonly #server: https.Server;
  readonly #sockets = new Set<Duplex>();
  readonly #watches = new Set<http.ServerResponse>();
  readonly #lookWhetherDown: NodeJS.Timeout;

  constructor(
    private readonly options: ApiServerOptions,
    { certificate, key }: Pair,
    readonly authority: string,
  ) {
    this.#authorization = new Authorization(options.store);
    this.#pages = new Pages(options.store);
    this.#channels = new Channels(options.store, options.runtime);
    this.#server = https.createServer({ cert: certificate, key }, (request, response) => {
      void this.#answer(request, response);
    });
    this.#server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(request, socket, head);
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#lookWhetherDown = setInterval(() => {
      if (options.faults.apiDown) this.#breakAll();
    }, LOOK_WHETHER_DOWN_MS);
    this.#lookWhetherDown.unref();
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, HOST, resolve);
    });
  }

  get #missing(): ReadonlySet<ResourceName> {
    return this.options.missing ?? NONE;
  }

  get url(): string {
    return `https://${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  get token(): string {
    return this.#authorization.administratorToken;
  }

  get kubeconfig(): string {
    const name = 'embedded';
    const authority = Buffer.from(this.authority).toString('base64');
    return stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: this.url, 'certificate-authority-data': authority } }],
      users: [{ name, user: { token: this.token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    });
  }

  dropWatches(): number {
    const { size } = this.#watches;
    for (const watch of this.#watches) watch.destroy();
    return size;
  }

  async close(): Promise<void> {
    clearInterval(this.#lookWhetherDown);
    this.#channels.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#breakAll();
    await closed;
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const fault = chooseFault(this.options.faults, request);
    if (fault === 'disconnect') {
      request.socket.destroy();
      return;
    }
    try {
      if (fault === undefined) await this.#serve(request, response);
      else if ('heldUntil' in fault) await this.#serve(await held(request, fault.heldUntil), response);
      else throw new ApiError(fault.status, fault.reason, fault.message ?? `${fault.reason}, on purpose`);
    } catch (error) {
      const { status } = ApiError.from(error);
      if (response.headersSent) response.destroy();
      else send(response, status.code, status);
    }
  }

  async #serve(request: ApiRequest, response: http.ServerResponse): Promise<void> {
    const { store, runtime, faults } = this.options;
    const url = new URL(request.url ?? '/', this.url);
    if (HEALTH.includes(url.pathname)) {
      response.end('ok');
      return;
    }
    const user = this.#authorization.authenticate(request.headers.authorization);
    const told = request.method === 'GET' ? discover(url.pathname, this.#missing) : undefined;
    if (told !== undefined) {
      send(response, 200, told);
      return;
    }
    if (url.pathname === ACCESS_REVIEWS && request.method === 'POST') {
      send(response, 201, this.#review(user, await readObject(request)));
      return;
    }
    const info = parseRequest(request.method ?? 'GET', url, this.#missing);
    this.#authorization.authorize(user, info);
    if (info.subresource === 'log') {
      await serveLog(store, runtime, info, response);
    } else if (info.subresource === 'token') {
      send(response, 201, this.#issueToken(keyOf(info)));
    } else if (info.subresource !== undefined && info.subresource !== 'status') {
      throw ApiError.badRequest('Upgrade request required');
    } else if (info.verb === 'watch') {
      this.#watches.add(response);
      const over = faults.watchLifetimeMs;
      const timer = over === undefined ? undefined : setTimeout(() => response.destroy(), over);
      response.once('close', () => {
        this.#watches.delete(response);
        clearTimeout(timer);
      });
      serveWatch(store, info, response);
    } else {
      const { code, body } = await serveObjects(store, this.#pages, info, request);
      send(response, code, body);
    }
  }

  #upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const fault = chooseFault(this.options.faults, request);
    if (fault === 'disconnect') {
      socket.destroy();
      return;
    }
    try {
      if (fault !== undefined && 'status' in fault)
        throw new ApiError(fault.status, fault.reason, `${fault.reason}, on purpose`);
      const user = this.#authorization.authenticate(request.headers.authorization);
      const url = new URL(request.url ?? '/', this.url);
      const info = parseRequest('GET', url, this.#missing);
      this.#authorization.authorize(user, info);
      if (info.resource.name !== 'pods') throw pageNotFound();
      this.#channels.serve(info, request, socket, head);
    } catch (error) {
      refuseUpgrade(socket, ApiError.from(error));
    }
  }

  #issueToken({ namespace = '', name }: { readonly namespace?: string; readonly name: string }): object {
    this.options.store.get('serviceaccounts', { namespace, name });
    const token = this.#authorization.issueToken(namespace, name);
    const expirationTimestamp = new Date(Date.now() + 24 * 3_600_000).toISOString();
    return { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', status: { token, expirationTimestamp } };
  }

  #review(user: User, review: object): object {
    const parsed = reviewSchema.safeParse(review);
    if (!parsed.success) throw ApiError.badRequest('only reviews of resourceAttributes are answered here');
    const allowed = this.#authorization.allows(user, parsed.data.spec.resourceAttributes);
    return { ...review, status: { allowed } };
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** The request with its body, which is read before the client can give up. */
async function held(request: http.IncomingMessage, until: Promise<unknown>): Promise<ApiRequest> {
  const { method, url, headers } = request;
  const body = await request.toArray();
  await until;
  return Object.assign(Readable.from(body), { method, url, headers });
}

function send(response: http.ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json', ...(code === 429 && { 'retry-after': '1' }) });
  response.end(JSON.stringify(body));
}

function refuseUpgrade(socket: Duplex, { code, status }: ApiError): void {
  const body = JSON.stringify(status);
  const head = [
    `HTTP/1.1 ${code} ${http.STATUS_CODES[code] ?? 'Error'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const REASONS = { 409: 'Conflict', 429: 'TooManyRequests', 500: 'InternalError' } as const;

function chooseFault(faults: ApiFaults, { method = '', url = '' }: http.IncomingMessage): Fault | undefined {
  if (faults.apiDown) return 'disconnect';
  const isWatch = isTrue(new URL(url, 'http://api').searchParams.get('watch'));
  const chosen = faults.choose({ method, path: url, isWatch });
  if (chosen !== undefined || isWatch) return chosen;
  let dice = Math.random();
  dice -= faults.disconnectRate;
  if (dice < 0) return 'disconnect';
  for (const status of [409, 429, 500] as const) {
    dice -= faults.errorRates[status];
    if (dice < 0) return { status, reason: REASONS[status] };
  }
  return undefined;
}
