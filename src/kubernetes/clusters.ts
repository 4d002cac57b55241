import type { ClusterState } from '../domain/cluster.ts';
import { objectName } from '../domain/component.ts';
import type { Watched } from './changes.ts';
import { toClusterState } from './cluster-schema.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { DatabaseRoles, withDatabaseRoles } from './database-roles.ts';
import { CLUSTERS, readCluster } from './read-cluster.ts';
import { toDeclaredRoles, type DeclaredRoles } from './role-specs.ts';

/** What `kubectl cnpg reload` sets: the Cluster changes, so its instance manager reads the Secrets again. */
const RELOADED_AT = 'cnpg.io/reloadedAt';

/** A Cluster as one read showed it. */
export interface ReadCluster {
  readonly state: ClusterState;
  /** As `RoleSpecs.find` tells it. */
  readonly declaredRoles: (owner: string) => DeclaredRoles;
}

export class Clusters {
  readonly #databaseRoles: DatabaseRoles;

  constructor(private readonly connection: KubernetesConnection) {
    this.#databaseRoles = new DatabaseRoles(connection);
  }

  /** @returns what we read of the CNPG Cluster and its DatabaseRoles, or `undefined` when there is none. */
  async find(namespace: string, name: string): Promise<ClusterState | undefined> {
    return (await this.read(namespace, name))?.state;
  }

  /** One read of the Cluster for both: what it is, and how it declares its roles. */
  async read(namespace: string, name: string): Promise<ReadCluster | undefined> {
    const found = await readCluster(this.connection, this.#databaseRoles, namespace, name);
    if (found === undefined) return undefined;
    const { object, described, databaseRoles } = found;
    return {
      state: withDatabaseRoles(toClusterState(object, described), databaseRoles),
      declaredRoles: (owner) => toDeclaredRoles(found, owner),
    };
  }

  /** Makes CNPG look at the Cluster's Secrets now. Fails while CNPG's operator is down: its webhooks must answer. */
  async nudge(namespace: string, name: string, at: Date): Promise<void> {
    const body = { metadata: { annotations: { [RELOADED_AT]: at.toISOString() } } };
    await this.connection.call<unknown>(`annotate ${objectName('Cluster', namespace, name)}`, (options) =>
      this.connection.custom.patchNamespacedCustomObject({ ...CLUSTERS, namespace, name, body }, mergePatch(options)),
    );
  }

  watched(namespace: string, name: string): Watched {
    return {
      path: `/apis/${CLUSTERS.group}/${CLUSTERS.version}/namespaces/${namespace}/${CLUSTERS.plural}`,
      fieldSelector: `metadata.name=${name}`,
    };
  }
}
