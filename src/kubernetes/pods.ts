import type { V1Pod } from '@kubernetes/client-node';
import { objectName } from '../domain/component.ts';
import type { PodAddress } from '../domain/consumers/clients.ts';
import { PRODUCT } from '../domain/marks.ts';
import type { KubernetesConnection } from './connection.ts';
import { isForbidden, statusOf } from './errors.ts';
import { POOLER_LABEL } from './poolers.ts';
import { ownerOf, replicaSetByName, TEMPLATE_HASHES, topOwnerOf, type Owned } from './pod-owners.ts';

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

const RUNNING = 'status.phase=Running';

/** CNPG's label on the pods of a Cluster. Those of a Pooler have it too. */
const CLUSTER = 'cnpg.io/cluster';
const NAME = 'app.kubernetes.io/name';

/** More values would make the request's address too long. */
const MAX_SELECTED = 300;

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** Enough bytes of a log to read the time of its first line. */
const TIME_BYTES = 64;

export class Pods {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns the names of the pods with the label. @param without a label that they must not have. */
  async names(namespace: string, label: string, value: string, without?: string): Promise<readonly string[]> {
    const labelSelector = `${label}=${value}${without === undefined ? '' : `,!${without}`}`;
    const { items } = await this.connection.call(`list the pods of namespace ${namespace}`, (options) =>
      this.connection.core.listNamespacedPod({ namespace, labelSelector }, options),
    );
    return items.flatMap(({ metadata }) => (metadata?.name === undefined ? [] : [metadata.name]));
  }

  /** @returns the running pods of the namespace, with their addresses and owners. */
  async addresses(namespace: string): Promise<readonly PodAddress[]> {
    const { items } = await this.connection.call(`list the pods of namespace ${namespace}`, (options) =>
      this.connection.core.listNamespacedPod({ namespace, fieldSelector: RUNNING }, options),
    );
    return this.#toAddresses(items);
  }

  /** @returns the running pods of all namespaces that have the address. Several pods may share their node's address. */
  async withAddress(address: string): Promise<readonly PodAddress[]> {
    const fieldSelector = `${RUNNING},status.podIP=${address}`;
    const { items } = await this.connection.call(`list the pods with the address ${address}`, (options) =>
      this.connection.core.listPodForAllNamespaces({ fieldSelector }, options),
    );
    return this.#toAddresses(items);
  }

  async #toAddresses(pods: readonly V1Pod[]): Promise<readonly PodAddress[]> {
    const namespaces = [...new Set(pods.map(({ metadata }) => metadata?.namespace ?? ''))];
    const makers = await Promise.all(
      namespaces.map((namespace) => {
        const there = pods.filter(({ metadata }) => metadata?.namespace === namespace);
        return this.#replicaSetsOf(namespace, there);
      }),
    );
    const byUid = new Map(makers.flat().map((maker) => [maker.metadata?.uid ?? '', maker]));
    return pods.flatMap((pod) => toAddresses(pod, byUid));
  }

  /**
   * The ReplicaSets of Deployments and Rollouts that made the pods, found by their hash: a namespace has many more, of
   * earlier templates. Where they may not be listed, the name of each tells its maker: `<maker>-<hash>`.
   */
  async #replicaSetsOf(namespace: string, pods: readonly V1Pod[]): Promise<readonly Owned[]> {
    const owned = pods.filter((pod) => ownerOf(pod)?.kind === 'ReplicaSet');
    const lists = await Promise.all(
      Object.keys(TEMPLATE_HASHES).map(async (label) => {
        const hashes = new Set(owned.flatMap(({ metadata }) => metadata?.labels?.[label] ?? []));
        if (hashes.size === 0) return [];
        const labelSelector = hashes.size > MAX_SELECTED ? label : `${label} in (${[...hashes].join(',')})`;
        const { items } = await this.connection.call<{ items: readonly Owned[] }>(
          `list the ReplicaSets of namespace ${namespace}`,
          (options) => this.connection.apps.listNamespacedReplicaSet({ namespace, labelSelector }, options),
          (error) => (isForbidden(error) ? { items: owned.flatMap(replicaSetByName) } : undefined),
        );
        return items;
      }),
    );
    return lists.flat();
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

/** A pod of a dual-stack cluster has an address of each family, and PostgreSQL sees the one that the client chose. */
function toAddresses(pod: V1Pod, byUid: ReadonlyMap<string, Owned>): readonly PodAddress[] {
  const { metadata, spec, status } = pod;
  if (metadata?.name === undefined || status?.podIP === undefined) return [];
  const addresses = new Set([status.podIP, ...(status.podIPs ?? []).map(({ ip }) => ip)]);
  const { name, namespace, labels } = metadata;
  const owner = topOwnerOf(pod, byUid);
  const part = partOf(labels);
  return [...addresses].map((address) => ({
    pod: name,
    address,
    ...(namespace !== undefined && { namespace }),
    ...(owner !== undefined && { owner: { kind: owner.kind, name: owner.name } }),
    ...(spec?.hostNetwork === true && { shared: true }),
    ...(part !== undefined && { part }),
  }));
}

function partOf(labels: Readonly<Record<string, string>> = {}): PodAddress['part'] {
  if (POOLER_LABEL in labels) return 'pooler';
  if (CLUSTER in labels) return 'instance';
  return labels[NAME] === PRODUCT ? 'ours' : undefined;
}
