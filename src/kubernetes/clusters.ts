import type { ClusterState } from '../domain/cluster.ts';
import { objectName } from '../domain/component.ts';
import type { Watched } from './changes.ts';
import { toClusterState } from './cluster-schema.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { DatabaseRoles, withDatabaseRoles } from './database-roles.ts';
import { isNotFound } from './errors.ts';

const GROUP = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters' } as const;

/** What `kubectl cnpg reload` sets: the Cluster changes, so its instance manager reads the Secrets again. */
const RELOADED_AT = 'cnpg.io/reloadedAt';

export class Clusters {
  readonly #databaseRoles: DatabaseRoles;

  constructor(private readonly connection: KubernetesConnection) {
    this.#databaseRoles = new DatabaseRoles(connection);
  }

  /** @returns what we read of the CNPG Cluster and its DatabaseRoles, or `undefined` when there is none. */
  async find(namespace: string, name: string): Promise<ClusterState | undefined> {
    const [cluster, databaseRoles] = await Promise.all([
      this.connection.call<unknown>(
        `read ${objectName('Cluster', namespace, name)}`,
        (options) => this.connection.custom.getNamespacedCustomObject({ ...GROUP, namespace, name }, options),
        (error) => (isNotFound(error) ? 'absent' : undefined),
      ),
      this.#databaseRoles.ofCluster(namespace, name),
    ]);
    if (cluster === 'absent') return undefined;
    return withDatabaseRoles(toClusterState(cluster, objectName('Cluster', namespace, name)), databaseRoles);
  }

  /** Makes CNPG look at the Cluster's Secrets now. Fails while CNPG's operator is down: its webhooks must answer. */
  async nudge(namespace: string, name: string, at: Date): Promise<void> {
    const body = { metadata: { annotations: { [RELOADED_AT]: at.toISOString() } } };
    await this.connection.call<unknown>(`annotate ${objectName('Cluster', namespace, name)}`, (options) =>
      this.connection.custom.patchNamespacedCustomObject({ ...GROUP, namespace, name, body }, mergePatch(options)),
    );
  }

  watched(namespace: string, name: string): Watched {
    return {
      path: `/apis/${GROUP.group}/${GROUP.version}/namespaces/${namespace}/${GROUP.plural}`,
      fieldSelector: `metadata.name=${name}`,
    };
  }
}
