import { z } from 'zod';
import type { ClusterState } from '../domain/cluster.ts';
import { roleSchema, toManagedRole } from './cluster-schema.ts';
import type { KubernetesConnection } from './connection.ts';
import { OptionalKind } from './optional-kind.ts';

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
  /** CNPG before 1.30 has none. */
  readonly #kind: OptionalKind;

  constructor(connection: KubernetesConnection) {
    this.#kind = new OptionalKind(connection, GROUP, 'the DatabaseRoles');
  }

  /** @returns none where CNPG has no DatabaseRoles, or where the account may not list them. */
  async ofCluster(namespace: string, cluster: string): Promise<readonly DatabaseRole[]> {
    const items = await this.#kind.list<unknown>(namespace);
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
