import type { IncomingMessage } from 'node:http';
import { PassThrough, type Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { ApiError } from './errors.ts';
import { isTrue, type RequestInfo } from './request-info.ts';
import type { ExecOutcome, PodRuntime } from './runtime.ts';
import { findContainer } from './serve-log.ts';
import { keyOf } from './serve-objects.ts';
import type { Store } from './store-types.ts';

/** The streams of an exec, each the first byte of its messages. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

/** Newest first. Port-forwards know no closing of one stream, so nothing beyond the fourth. */
const EXEC_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const FORWARD_PROTOCOLS = ['v4.channel.k8s.io'];

const NORMAL_CLOSURE = 1_000;

/** exec and port-forward: several streams over one WebSocket. */
export class Channels {
  readonly #exec = acceptor(EXEC_PROTOCOLS);
  readonly #forward = acceptor(FORWARD_PROTOCOLS);

  constructor(
    private readonly store: Store,
    private readonly runtime: PodRuntime,
  ) {}

  /** @throws ApiError when the pod, the container or the subresource is not there: before the connection is upgraded. */
  serve(info: RequestInfo, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const pod = this.store.get('pods', keyOf(info));
    const { namespace = '', name = '', query } = info;
    if (info.subresource === 'exec') {
      const target = findContainer(pod, query.get('container'));
      const argv = query.getAll('command');
      if (argv.length === 0) throw ApiError.badRequest('you must specify at least 1 command for the container');
      this.#exec.handleUpgrade(request, socket, head, (client) => {
        const hasStdin = isTrue(query.get('stdin'));
        exec(client, hasStdin, (streams) => this.runtime.exec(target, argv, streams));
      });
    } else if (info.subresource === 'portforward') {
      const port = Number(query.get('ports'));
      if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw ApiError.badRequest('query parameter "ports" is required');
      this.#forward.handleUpgrade(request, socket, head, (client) => {
        void forward(client, port, () => this.runtime.connect({ namespace, pod: name }, port));
      });
    } else {
      throw ApiError.badRequest('Upgrade request required');
    }
  }

  close(): void {
    this.#exec.close();
    this.#forward.close();
  }
}

function acceptor(protocols: readonly string[]): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => protocols.find((protocol) => offered.has(protocol)) ?? false,
  });
}

function exec(
  client: WebSocket,
  hasStdin: boolean,
  run: (streams: { stdin: PassThrough; signal: AbortSignal }) => Promise<ExecOutcome>,
): void {
  const stdin = new PassThrough();
  if (!hasStdin) stdin.end();
  const gone = new AbortController();
  client.on('error', () => client.terminate());
  client.on('close', () => {
    stdin.end();
    gone.abort();
  });
  client.on('message', (data: RawData) => {
    const { channel, bytes } = unpack(data);
    if (channel === CHANNEL.stdin && hasStdin) stdin.write(bytes);
    if (channel === CHANNEL.close && bytes[0] === CHANNEL.stdin) stdin.end();
  });
  run({ stdin, signal: gone.signal }).then(
    ({ stdout, stderr, exitCode }) => {
      if (stdout !== '') client.send(pack(CHANNEL.stdout, Buffer.from(stdout)));
      if (stderr !== '') client.send(pack(CHANNEL.stderr, Buffer.from(stderr)));
      finish(client, exitStatus(exitCode));
    },
    (error: unknown) => finish(client, ApiError.from(error).status),
  );
}

function finish(client: WebSocket, status: object): void {
  client.send(pack(CHANNEL.status, Buffer.from(JSON.stringify(status))));
  client.close(NORMAL_CLOSURE);
}

function exitStatus(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** Data goes over channel 0, an error over channel 1; each begins with the port, low byte first. */
async function forward(client: WebSocket, port: number, connect: () => Promise<Duplex>): Promise<void> {
  const portBytes = Buffer.alloc(2);
  portBytes.writeUInt16LE(port);
  client.send(pack(0, portBytes));
  client.send(pack(1, portBytes));
  // What comes before the pod has answered waits here.
  const fromClient = new PassThrough();
  client.on('error', () => client.terminate());
  client.on('message', (data: RawData) => {
    const { channel, bytes } = unpack(data);
    if (channel !== 0 || fromClient.write(bytes)) return;
    client.pause();
    fromClient.once('drain', () => client.resume());
  });
  try {
    const pod = await connect();
    client.on('close', () => pod.destroy());
    if (client.readyState !== client.OPEN) pod.destroy();
    pod.on('error', () => client.close(NORMAL_CLOSURE));
    fromClient.pipe(pod);
    for await (const chunk of pod as AsyncIterable<Buffer>) {
      await new Promise<void>((resolve) => client.send(pack(0, chunk), () => resolve()));
    }
  } catch (error) {
    client.send(pack(1, Buffer.from(`error forwarding port ${port}: ${ApiError.from(error).message}`)));
  }
  client.close(NORMAL_CLOSURE);
}

function pack(channel: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(channel), bytes]);
}

function unpack(data: RawData): { readonly channel: number; readonly bytes: Buffer } {
  const whole = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  return { channel: whole[0] ?? CHANNEL.close, bytes: whole.subarray(1) };
}
