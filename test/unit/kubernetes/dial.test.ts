import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import { dialService } from '../../../src/kubernetes/dial.ts';
import { StubApi } from './stub-api.ts';

/** What RFC 6455 has a server answer the key of a handshake with. */
const accepted = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

describe('a port-forward that the API server does not open in time', () => {
  const server = http.createServer();
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is given up with the Service’s name, and closed when it opens after all', async () => {
    const asked = once(server, 'upgrade') as Promise<[http.IncomingMessage, Duplex]>;
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser(
      {
        name: 'slow',
        server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        skipTLSVerify: true,
      },
      { name: 'nobody' },
    );
    const ready = { metadata: { name: 'db-1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    const { connection } = new StubApi({
      readNamespacedService: () => ({ spec: { selector: { app: 'db' }, ports: [{ port: 5432 }] } }),
      listNamespacedPod: () => ({ items: [ready] }),
    });
    const slow = Object.assign(connection, { kubeConfig });
    await expect(dialService(slow, { namespace: 'ai-system', service: 'db-rw', port: 5432 }, 50)).rejects.toThrow(
      'Service ai-system/db-rw, port 5432, cannot be reached: the port-forward did not open within 0.05 s.',
    );
    const [request, socket] = await asked;
    const key = request.headers['sec-websocket-key'] ?? '';
    socket.write(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${accepted(key)}`,
        'Sec-WebSocket-Protocol: v4.channel.k8s.io',
        '\r\n',
      ].join('\r\n'),
    );
    // The frame that closes, of a client: FIN and opcode 8.
    const [frame] = (await once(socket, 'data')) as [Buffer];
    expect(frame[0]).toBe(0x88);
    socket.destroy();
  });
});
