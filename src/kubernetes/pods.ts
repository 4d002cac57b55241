import { objectName } from '../domain/component.ts';
import type { KubernetesConnection } from './connection.ts';
import { statusOf } from './errors.ts';

export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  /** Each line begins with its time. */
  readonly timestamps?: boolean;
}

/** More than that of one log is not read, in bytes. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

export class Pods {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns the names of the pods with the label. */
  async names(namespace: string, label: string, value: string): Promise<readonly string[]> {
    const { items } = await this.connection.call(`list the pods of namespace ${namespace}`, (options) =>
      this.connection.core.listNamespacedPod({ namespace, labelSelector: `${label}=${value}` }, options),
    );
    return items.flatMap(({ metadata }) => (metadata?.name === undefined ? [] : [metadata.name]));
  }

  /** @returns the addresses of the namespace's pods; those on the node's own network have none of their own. */
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

  /** @returns what the container printed, or `undefined` where that may not be read or is not there (any more). */
  async log({
    namespace,
    pod,
    container,
    tailLines,
    sinceSeconds,
    timestamps = false,
  }: LogRequest): Promise<string | undefined> {
    const text = await this.connection.call<string | false>(
      `read the log of ${objectName('Pod', namespace, pod)}`,
      (options) =>
        this.connection.core.readNamespacedPodLog(
          {
            namespace,
            name: pod,
            limitBytes: LOG_LIMIT_BYTES,
            timestamps,
            ...(container !== undefined && { container }),
            ...(tailLines !== undefined && { tailLines }),
            ...(sinceSeconds !== undefined && { sinceSeconds }),
          },
          options,
        ),
      (error) => ([400, 403, 404].includes(statusOf(error) ?? 0) ? false : undefined),
    );
    return text === false ? undefined : text;
  }
}
