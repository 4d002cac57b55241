import type { ClusterState } from '../domain/cluster.ts';
import { objectName } from '../domain/component.ts';
import type { Watched } from './changes.ts';
import { RELOADED_AT, toClusterState } from './cluster-schema.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { DatabaseRoles, withDatabaseRoles } from './database-roles.ts';
import { isNotFound } from './errors.ts';
import { toDeclaredRoles, type DeclaredRoles } from './role-specs.ts';

const GROUP = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters' } as const;

/** A Cluster as one read showed it. */
export interface ReadCluster {
  readonly state: ClusterState;
  /** How the Cluster declares its roles. `owner` is the owner of the tables; only this role's second path is read. */
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

  /** The same as `find`, and how the Cluster declares its roles. */
  async read(namespace: string, name: string): Promise<ReadCluster | undefined> {
    const described = objectName('Cluster', namespace, name);
    const [object, { ofCluster, others }] = await Promise.all([
      this.connection.call<unknown>(
        `read ${described}`,
        (options) => this.connection.custom.getNamespacedCustomObject({ ...GROUP, namespace, name }, options),
        (error) => (isNotFound(error) ? 'absent' : undefined),
      ),
      this.#databaseRoles.inNamespace(namespace, name),
    ]);
    if (object === 'absent') return undefined;
    return {
      state: withDatabaseRoles(toClusterState(object, described), ofCluster),
      declaredRoles: (owner) => toDeclaredRoles(object, described, { ofCluster, others }, owner),
    };
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
