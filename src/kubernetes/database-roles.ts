import { z } from 'zod';
import type { ClusterState } from '../domain/cluster.ts';
import { roleSchema, toManagedRole } from './cluster-schema.ts';
import type { KubernetesConnection } from './connection.ts';
import { isForbidden, isNotFound } from './errors.ts';

const GROUP = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'databaseroles' } as const;

/** CNPG's DatabaseRole (since 1.30), as far as we read it. */
const databaseRoleSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: roleSchema.extend({ cluster: z.object({ name: z.string() }) }),
  status: z
    .object({
      applied: z.boolean().optional(),
      message: z.string().optional(),
      secretResourceVersion: z.string().optional(),
    })
    .default({}),
});

export type DatabaseRole = z.output<typeof databaseRoleSchema>;

/** Roles that are declared by objects of their own instead of the Cluster's `managed.roles`. */
export class DatabaseRoles {
  /** CNPG before 1.30 has no DatabaseRoles. The API is asked once in the life of the process. */
  #served = true;

  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns none where CNPG has no DatabaseRoles, or where the account may not list them. */
  async ofCluster(namespace: string, cluster: string): Promise<readonly DatabaseRole[]> {
    if (!this.#served) return [];
    const list: unknown = await this.connection.call<unknown>(
      `list the DatabaseRoles of namespace ${namespace}`,
      (options) => this.connection.custom.listNamespacedCustomObject({ ...GROUP, namespace }, options),
      (error) => {
        if (isNotFound(error)) this.#served = false;
        return isNotFound(error) || isForbidden(error) ? { items: [] } : undefined;
      },
    );
    const { items } = z.object({ items: z.array(z.unknown()) }).parse(list);
    return items
      .flatMap((item) => databaseRoleSchema.safeParse(item).data ?? [])
      .filter((role) => role.spec.cluster.name === cluster);
  }
}

/** The Cluster's state with the roles of its DatabaseRoles. For a role in both, CNPG follows `managed.roles`. */
export function withDatabaseRoles(state: ClusterState, databaseRoles: readonly DatabaseRole[]): ClusterState {
  const inline = new Set(state.managedRoles.map(({ name }) => name));
  const applied: Record<string, string | undefined> = { ...state.appliedSecretVersions };
  const complaints: Record<string, readonly string[]> = { ...state.cannotReconcile };
  for (const { spec, status } of databaseRoles) {
    if (inline.has(spec.name)) continue;
    // The Cluster's status may still hold old values of a role that has left `managed.roles`.
    applied[spec.name] = status.secretResourceVersion;
    complaints[spec.name] = status.applied === false && status.message !== undefined ? [status.message] : [];
  }
  return {
    ...state,
    managedRoles: [
      ...state.managedRoles,
      ...databaseRoles.map(({ metadata, spec }) => toManagedRole(spec, `DatabaseRole ${metadata.name}`)),
    ],
    appliedSecretVersions: Object.fromEntries(
      Object.entries(applied).flatMap(([role, version]) =>
        version === undefined || version === '' ? [] : [[role, version]],
      ),
    ),
    cannotReconcile: complaints,
  };
}
