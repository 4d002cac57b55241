import net from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { PortForward } from '@kubernetes/client-node';
import pTimeout from 'p-timeout';
import { objectName } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import { again } from './again.ts';
import type { KubernetesConnection } from './connection.ts';
import { isForbiddenUpgrade, isNotFound, webSocketReason } from './errors.ts';
import { labelSelector } from './selectors.ts';

/** A port of a Service. */
export interface ServicePort {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/**
 * Opens a connection to a Service: directly inside the cluster, else as `kubectl port-forward service/…` does, through
 * the API server to one ready pod behind the Service.
 */
export async function dialService(
  connection: KubernetesConnection,
  to: ServicePort,
  timeoutMs: number,
): Promise<Duplex> {
  const { namespace, service, port } = to;
  const at = { name: objectName('Service', namespace, service), port };
  if (connection.inCluster) return connectDirectly(at, `${service}.${namespace}.svc`, timeoutMs);
  return forward(at, timeoutMs, async () => {
    const pod = await findPodBehind(connection, to, at);
    return forwardThroughApi(connection, { namespace, pod: pod.name, port: pod.port }, at);
  });
}

/** A port of a pod, which has an address in the cluster. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly address: string;
  readonly port: number;
}

/** Opens a connection to one pod: directly inside the cluster, else as `kubectl port-forward pod/…` does. */
export async function dialPod(connection: KubernetesConnection, to: PodPort, timeoutMs: number): Promise<Duplex> {
  const { namespace, pod, address, port } = to;
  const at = { name: objectName('Pod', namespace, pod), port };
  if (connection.inCluster) return connectDirectly(at, address, timeoutMs);
  return forward(at, timeoutMs, () => forwardThroughApi(connection, to, at));
}

/** What messages say of an end of a connection. */
interface Named {
  readonly name: string;
  readonly port: number;
}

async function forward(at: Named, timeoutMs: number, open: () => Promise<Duplex>): Promise<Duplex> {
  // The WebSocket has no time limit of its own.
  const forwarding = again(open);
  return pTimeout(forwarding, {
    milliseconds: timeoutMs,
    fallback: () => {
      forwarding.then(
        (late) => late.destroy(),
        () => undefined,
      );
      throw unreachable(at, `the port-forward did not open within ${timeoutMs / 1_000} s`);
    },
  });
}

function connectDirectly(at: Named, host: string, timeoutMs: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port: at.port, timeout: timeoutMs });
    const fail = (why: string): void => {
      socket.destroy();
      reject(unreachable(at, why));
    };
    socket.once('error', (error) => fail(error.message));
    socket.once('timeout', () => fail(`no answer within ${timeoutMs / 1_000} s`));
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.removeAllListeners('error');
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

async function forwardThroughApi(
  connection: KubernetesConnection,
  { namespace, pod, port }: Pick<PodPort, 'namespace' | 'pod' | 'port'>,
  at: Named,
): Promise<Duplex> {
  const fromPod = new PassThrough();
  const toPod = new PassThrough();
  const errors = new PassThrough();
  const forwarder = new PortForward(connection.kubeConfig);
  const socket = await forwarder.portForward(namespace, pod, [port], fromPod, errors, toPod).catch((error: unknown) => {
    if (isForbiddenUpgrade(error)) {
      throw new RotationError(
        'KubernetesForbidden',
        `Could not forward a port of ${objectName('Pod', namespace, pod)}: the right to get and create pods/portforward is missing. "cnpg-rotate rights --port-forward" prints it.`,
      );
    }
    throw unreachable(at, `the port-forward to pod ${pod} was refused: ${webSocketReason(error)}`);
  });
  const duplex = Duplex.from({ readable: fromPod, writable: toPod });
  // The user of the stream listens for errors too. Before and after the use an error does not matter.
  duplex.on('error', () => undefined);
  if (typeof socket === 'function') return duplex;
  errors.on('data', (chunk: Buffer) => {
    if (chunk.length > 0) duplex.destroy(unreachable(at, `pod ${pod}: ${chunk.toString('utf8').trim()}`));
  });
  socket.on('close', () => fromPod.end());
  duplex.on('close', () => socket.close());
  return duplex;
}

/** Finds a ready pod that the Service selects, and the pod's port behind the Service's port. */
async function findPodBehind(
  connection: KubernetesConnection,
  to: ServicePort,
  at: Named,
): Promise<{ readonly name: string; readonly port: number }> {
  const { namespace, service: name } = to;
  const service = await connection.call(
    `read ${objectName('Service', namespace, name)}`,
    (options) => connection.core.readNamespacedService({ namespace, name }, options),
    (error) => {
      if (isNotFound(error)) throw unreachable(at, 'the Service does not exist');
      return undefined;
    },
  );
  const selector = labelSelector({ matchLabels: service.spec?.selector ?? {} });
  const pods = await connection.call(`list the pods behind ${objectName('Service', namespace, name)}`, (options) =>
    connection.core.listNamespacedPod({ namespace, labelSelector: selector }, options),
  );
  const ready = pods.items.find(
    (pod) =>
      pod.metadata?.deletionTimestamp === undefined &&
      pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
  );
  const podName = ready?.metadata?.name;
  if (podName === undefined) throw unreachable(at, `none of its ${pods.items.length} pods is ready`);
  const target = service.spec?.ports?.find(({ port }) => port === to.port)?.targetPort;
  return { name: podName, port: typeof target === 'number' ? target : to.port };
}

function unreachable({ name, port }: Named, why: string): RotationError {
  return new RotationError('DatabaseUnreachable', `${name}, port ${port}, cannot be reached: ${why}.`);
}
