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
  if (connection.inCluster) return connectDirectly(to, timeoutMs);
  // The WebSocket has no time limit of its own.
  const forwarding = again(() => forwardThroughApi(connection, to));
  return pTimeout(forwarding, {
    milliseconds: timeoutMs,
    fallback: () => {
      forwarding.then(
        (late) => late.destroy(),
        () => undefined,
      );
      throw unreachable(to, `the port-forward did not open within ${timeoutMs / 1_000} s`);
    },
  });
}

function connectDirectly({ namespace, service, port }: ServicePort, timeoutMs: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: `${service}.${namespace}.svc`, port, timeout: timeoutMs });
    const fail = (why: string): void => {
      socket.destroy();
      reject(unreachable({ namespace, service, port }, why));
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

async function forwardThroughApi(connection: KubernetesConnection, to: ServicePort): Promise<Duplex> {
  const pod = await findPodBehind(connection, to);
  const fromPod = new PassThrough();
  const toPod = new PassThrough();
  const errors = new PassThrough();
  const forward = new PortForward(connection.kubeConfig);
  const socket = await forward
    .portForward(to.namespace, pod.name, [pod.port], fromPod, errors, toPod)
    .catch((error: unknown) => {
      if (isForbiddenUpgrade(error)) {
        throw new RotationError(
          'KubernetesForbidden',
          `Could not forward a port of ${objectName('Pod', to.namespace, pod.name)}: the right to get and create pods/portforward is missing. deploy/rbac.yaml has it.`,
        );
      }
      throw unreachable(to, `the port-forward to pod ${pod.name} was refused: ${webSocketReason(error)}`);
    });
  const duplex = Duplex.from({ readable: fromPod, writable: toPod });
  // The user of the stream listens for errors too. Before and after the use an error does not matter.
  duplex.on('error', () => undefined);
  if (typeof socket === 'function') return duplex;
  errors.on('data', (chunk: Buffer) => {
    if (chunk.length > 0) duplex.destroy(unreachable(to, `pod ${pod.name}: ${chunk.toString('utf8').trim()}`));
  });
  socket.on('close', () => fromPod.end());
  duplex.on('close', () => socket.close());
  return duplex;
}

/** Finds a ready pod that the Service selects, and the pod's port behind the Service's port. */
async function findPodBehind(
  connection: KubernetesConnection,
  to: ServicePort,
): Promise<{ readonly name: string; readonly port: number }> {
  const { namespace, service: name } = to;
  const service = await connection.call(
    `read ${objectName('Service', namespace, name)}`,
    (options) => connection.core.readNamespacedService({ namespace, name }, options),
    (error) => {
      if (isNotFound(error)) throw unreachable(to, 'the Service does not exist');
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
  if (podName === undefined) throw unreachable(to, `none of its ${pods.items.length} pods is ready`);
  const target = service.spec?.ports?.find(({ port }) => port === to.port)?.targetPort;
  return { name: podName, port: typeof target === 'number' ? target : to.port };
}

function unreachable({ namespace, service, port }: ServicePort, why: string): RotationError {
  return new RotationError(
    'DatabaseUnreachable',
    `${objectName('Service', namespace, service)}, port ${port}, cannot be reached: ${why}.`,
  );
}
