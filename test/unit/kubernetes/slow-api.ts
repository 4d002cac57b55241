import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';

/** An API server that answers a WebSocket's handshake when, and as, a test lets it. */
export class SlowApi {
  private constructor(
    private readonly server: http.Server,
    private readonly asked: Promise<[http.IncomingMessage, Duplex]>,
    readonly kubeConfig: KubeConfig,
  ) {}

  static async start(): Promise<SlowApi> {
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const kubeConfig = new KubeConfig();
    const { port } = server.address() as AddressInfo;
    // The client takes plain HTTP only so.
    const cluster = { name: 'slow', server: `http://127.0.0.1:${port}`, skipTLSVerify: true };
    kubeConfig.loadFromClusterAndUser(cluster, { name: 'nobody' });
    return new SlowApi(server, once(server, 'upgrade') as Promise<[http.IncomingMessage, Duplex]>, kubeConfig);
  }

  /** Opens the WebSocket that was asked for. @returns the first byte of what the client sends then: its frame's kind. */
  async open(): Promise<number | undefined> {
    const [request, socket] = await this.asked;
    // As RFC 6455 has a server answer the key of a handshake.
    const accepted = createHash('sha1')
      .update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${accepted}`,
        'Sec-WebSocket-Protocol: v4.channel.k8s.io',
        '\r\n',
      ].join('\r\n'),
    );
    const [frame] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return frame[0];
  }

  /** Answers the handshake with a status instead. */
  async refuse(status: number): Promise<void> {
    const [, socket] = await this.asked;
    socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n\r\n`);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** The first byte of the frame that closes a WebSocket: FIN and opcode 8. */
export const CLOSE_FRAME = 0x88;
