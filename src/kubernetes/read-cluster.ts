import { objectName } from '../domain/component.ts';
import type { KubernetesConnection } from './connection.ts';
import type { DatabaseRole, DatabaseRoles } from './database-roles.ts';
import { isNotFound } from './errors.ts';

export const CLUSTERS = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters' } as const;

/** A Cluster as the API holds it, with its DatabaseRoles. */
export interface ClusterObject {
  readonly object: unknown;
  /** Its name for messages. */
  readonly described: string;
  readonly databaseRoles: readonly DatabaseRole[];
}

/** @returns undefined when there is no such Cluster. */
export async function readCluster(
  connection: KubernetesConnection,
  roles: DatabaseRoles,
  namespace: string,
  name: string,
): Promise<ClusterObject | undefined> {
  const described = objectName('Cluster', namespace, name);
  const [object, databaseRoles] = await Promise.all([
    connection.call<unknown>(
      `read ${described}`,
      (options) => connection.custom.getNamespacedCustomObject({ ...CLUSTERS, namespace, name }, options),
      (error) => (isNotFound(error) ? 'absent' : undefined),
    ),
    roles.ofCluster(namespace, name),
  ]);
  return object === 'absent' ? undefined : { object, described, databaseRoles };
}
