import type { KubernetesConnection } from './connection.ts';
import { isForbidden, isNotFound } from './errors.ts';

/** A kind that a cluster may lack: an older CNPG, or a controller that nobody installed. */
export class OptionalKind {
  /** The API is asked once in the life of the process whether it has the kind. */
  #served = true;

  constructor(
    private readonly connection: KubernetesConnection,
    private readonly kind: { readonly group: string; readonly version: string; readonly plural: string },
    /** For messages: `the Rollouts`. */
    private readonly what: string,
  ) {}

  /** @returns none where the cluster lacks the kind, or where the account may not list it. */
  async list<Item>(namespace: string): Promise<readonly Item[]> {
    if (!this.#served) return [];
    const list: unknown = await this.connection.call<unknown>(
      `list ${this.what} of namespace ${namespace}`,
      (options) => this.connection.custom.listNamespacedCustomObject({ ...this.kind, namespace }, options),
      (error) => {
        if (isNotFound(error)) this.#served = false;
        return isNotFound(error) || isForbidden(error) ? { items: [] } : undefined;
      },
    );
    return (list as { readonly items: readonly Item[] }).items;
  }
}
