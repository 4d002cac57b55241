import net, { type AddressInfo } from 'node:net';
import { CoreV1Api, KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { SandboxError } from '../common/errors.ts';
import { serverSideApply } from '../common/server-side-apply.ts';
import { startTemporal } from '../common/temporal.ts';
import { HOST_ADDRESS } from './network.ts';
import { KUBECONFIG, RUN } from './paths.ts';
import { requireUp } from './require-up.ts';

const NAMESPACE = 'temporal';
/** Of Temporal's own chart, which the worker's chart names in `temporal.address` by default. */
const SERVICE = 'temporal-frontend';
const PORT = 7233;

/** A Temporal server of this machine, for pods of the sandbox: `temporal-frontend.temporal.svc:7233`. */
export class TemporalService {
  readonly #open = new Set<net.Socket>();

  private constructor(
    private readonly config: KubeConfig,
    private readonly server: net.Server,
  ) {}

  /**
   * The server listens on the loopback only, so this program hands connections of the pods on.
   * @param address `127.0.0.1:port`.
   */
  static async start(config: KubeConfig, address: string): Promise<TemporalService> {
    const [host = '', port = ''] = address.split(':');
    const server = net.createServer();
    const service = new TemporalService(config, server);
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
    const objects = KubernetesObjectApi.makeApiClient(this.config);
    const metadata = { name: SERVICE, namespace: NAMESPACE };
    const manifests = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      {
        ...{ apiVersion: 'v1', kind: 'Service', metadata },
        spec: { ports: [{ name: 'grpc', port: PORT, targetPort: port }] },
      },
      {
        ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': SERVICE } },
        ports: [{ name: 'grpc', port }],
        endpoints: [{ addresses: [HOST_ADDRESS] }],
      },
    ];
    for (const manifest of manifests) await serverSideApply(objects, manifest);
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.#open) socket.destroy();
    await this.config.makeApiClient(CoreV1Api).deleteNamespace({ name: NAMESPACE });
  }
}

/**
 * Runs a Temporal server beside the sandbox that is up until the signal: for a worker as a pod, and for commands on this
 * machine. Its rotations last as long as the sandbox.
 */
export async function serveTemporal(signal: AbortSignal, note: (text: string) => void): Promise<void> {
  requireUp();
  const server = await startTemporal(RUN);
  try {
    const config = new KubeConfig();
    config.loadFromFile(KUBECONFIG);
    const service = await TemporalService.start(config, server.address);
    try {
      note(`For pods: ${SERVICE}.${NAMESPACE}.svc:${PORT}`);
      note(`Web UI: ${server.webUi}`);
      note(`export TEMPORAL_ADDRESS=${server.address}`);
      note('Ctrl-C ends it.');
      await Promise.race([aborted(signal), server.ended.then(() => endedByItself())]);
    } finally {
      await service.stop();
    }
  } finally {
    await server.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function endedByItself(): never {
  throw new SandboxError("Temporal's server ended by itself.", { mend: 'npm run sandbox -- temporal' });
}
