import net, { type AddressInfo } from 'node:net';
import { HOST_ADDRESS } from '../../../sandbox/real/network.ts';
import type { World } from '../../../sandbox/harness/world.ts';

const NAMESPACE = 'temporal';
/** Of Temporal's own chart, which the chart's `temporal.address` names by default. */
const SERVICE = 'temporal-frontend';
const PORT = 7233;

/**
 * A Temporal server of this machine, for pods: Service `temporal-frontend` of namespace `temporal`. The server listens on
 * the loopback only, so this program hands connections of the pods on.
 */
export class TemporalService {
  readonly #open = new Set<net.Socket>();

  private constructor(
    private readonly world: World,
    private readonly server: net.Server,
  ) {}

  /** @param address `127.0.0.1:port`. */
  static async start(world: World, address: string): Promise<TemporalService> {
    const [host = '', port = ''] = address.split(':');
    const server = net.createServer();
    const service = new TemporalService(world, server);
    server.on('connection', (outer) => {
      const inner = net.connect(Number(port), host);
      for (const [from, to] of [
        [outer, inner],
        [inner, outer],
      ] as const) {
        service.#open.add(from);
        from.pipe(to);
        // Either end may be killed.
        from.on('error', () => to.destroy());
        from.on('close', () => service.#open.delete(from));
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, HOST_ADDRESS, resolve);
    });
    await service.#publish((server.address() as AddressInfo).port);
    return service;
  }

  /** A Service without a selector, which leads to this machine. */
  async #publish(port: number): Promise<void> {
    await this.world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    await this.world.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: SERVICE, namespace: NAMESPACE },
      spec: { ports: [{ name: 'grpc', port: PORT, targetPort: port }] },
    });
    await this.world.apply({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: SERVICE, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': SERVICE } },
      addressType: 'IPv4',
      ports: [{ name: 'grpc', port }],
      endpoints: [{ addresses: [HOST_ADDRESS] }],
    });
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.#open) socket.destroy();
    await this.world.core.deleteNamespace({ name: NAMESPACE });
  }
}
