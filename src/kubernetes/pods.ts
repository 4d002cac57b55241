import { objectName } from '../domain/component.ts';
import type { KubernetesConnection } from './connection.ts';
import { statusOf } from './errors.ts';

export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  /** Whether each line begins with its time. */
  readonly timestamps?: boolean;
  /** The most to read, in bytes from the beginning. */
  readonly limitBytes?: number;
}

/** What a container printed since a moment. */
export interface LogSince {
  readonly text: string;
  /**
   * False where something is missing. The kubelet began a new file (it does so every 10 MB, and gives only the last
   * file), the container started again, or the container printed more than is read.
   */
  readonly whole: boolean;
}

/** The most that is read of one log, in bytes. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

/** Statuses that mean that there is no log: no such container (yet), no right to the log, no such pod. */
const BAD_REQUEST = 400;
const NOTHING_TO_READ = [BAD_REQUEST, 403, 404] as const;

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** Enough bytes of a log to read the time of its first line. */
const TIME_BYTES = 64;

export class Pods {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns the names of the pods with the label. */
  async names(namespace: string, label: string, value: string): Promise<readonly string[]> {
    const { items } = await this.connection.call(`list the pods of namespace ${namespace}`, (options) =>
      this.connection.core.listNamespacedPod({ namespace, labelSelector: `${label}=${value}` }, options),
    );
    return items.flatMap(({ metadata }) => (metadata?.name === undefined ? [] : [metadata.name]));
  }

  /** @returns the addresses of the namespace's pods. Pods on the node's own network have no address of their own. */
  async addresses(namespace: string): Promise<readonly { readonly pod: string; readonly address: string }[]> {
    const { items } = await this.connection.call(`list the pods of namespace ${namespace}`, (options) =>
      this.connection.core.listNamespacedPod({ namespace, fieldSelector: 'status.phase=Running' }, options),
    );
    return items.flatMap(({ metadata, spec, status }) =>
      metadata?.name === undefined || status?.podIP === undefined || spec?.hostNetwork === true
        ? []
        : [{ pod: metadata.name, address: status.podIP }],
    );
  }

  /**
   * @returns the container's log, or `undefined` where the log does not exist (any more) or may not be read. Where no
   *   container is named, the pod's only or main container is meant.
   */
  async log(request: LogRequest): Promise<string | undefined> {
    const read = await this.#read(request);
    if (read !== BAD_REQUEST || request.container !== undefined) return typeof read === 'string' ? read : undefined;
    // The pod has several containers, so the API requires a container's name.
    const container = await this.mainContainer(request.namespace, request.pod);
    const again = container === undefined ? undefined : await this.#read({ ...request, container });
    return typeof again === 'string' ? again : undefined;
  }

  /** @returns the log, or the HTTP status where there is no log to read. */
  #read({
    pod: name,
    timestamps = false,
    limitBytes = LOG_LIMIT_BYTES,
    ...more
  }: LogRequest): Promise<string | number> {
    return this.connection.call<string | number>(
      `read the log of ${objectName('Pod', more.namespace, name)}`,
      (options) => this.connection.core.readNamespacedPodLog({ ...more, name, timestamps, limitBytes }, options),
      (error) => NOTHING_TO_READ.find((status) => status === statusOf(error)),
    );
  }

  /** The container whose log `kubectl logs` shows: by the annotation, else the first. */
  async mainContainer(namespace: string, pod: string): Promise<string | undefined> {
    const { items } = await this.connection.call(`read ${objectName('Pod', namespace, pod)}`, (options) =>
      this.connection.core.listNamespacedPod({ namespace, fieldSelector: `metadata.name=${pod}` }, options),
    );
    const [found] = items;
    return found?.metadata?.annotations?.[DEFAULT_CONTAINER] ?? found?.spec?.containers[0]?.name;
  }

  /**
   * @param since in milliseconds since the epoch; the text may also hold lines from before.
   * @returns `undefined` as {@link log} does.
   */
  async logSince(
    request: LogRequest & { readonly sinceSeconds: number },
    since: number,
  ): Promise<LogSince | undefined> {
    const { namespace, pod, container } = request;
    const whole = { namespace, pod, container };
    const [beginning, text] = await Promise.all([
      this.log({ ...whole, timestamps: true, limitBytes: TIME_BYTES }),
      this.log(request),
    ]);
    if (text === undefined) return undefined;
    const begins = Date.parse(beginning?.split(' ')[0] ?? '');
    return { text, whole: begins <= since && Buffer.byteLength(text) < LOG_LIMIT_BYTES };
  }
}
