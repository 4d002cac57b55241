import { z } from 'zod';
import type { RoleEntry } from '../domain/adopt/index.ts';
import type { ClusterState, ManagedRole } from '../domain/cluster.ts';
import { objectName } from '../domain/component.ts';
import type { Watched } from './changes.ts';
import { RELOADED_AT, roleSchema, toManagedRole } from './cluster-schema.ts';
import { mergePatch, type KubernetesConnection } from './connection.ts';
import { isConflict, isNotFound } from './errors.ts';
import { OptionalKind } from './optional-kind.ts';

export const DATABASE_ROLES = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'databaseroles' } as const;

const texts = z.record(z.string(), z.string()).default({});

/** CNPG's DatabaseRole (since 1.30). Its spec keeps the fields that we do not read. */
const databaseRoleSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string().default(''),
    resourceVersion: z.string().default(''),
    labels: texts,
    annotations: texts,
  }),
  spec: z.looseObject({
    ...roleSchema.shape,
    cluster: z.object({ name: z.string() }),
    /** Since 1.31. Another version may know more modes. */
    password: z.object({ mode: z.string(), secret: z.string().optional() }).optional(),
  }),
  status: z
    .object({
      applied: z.boolean().optional(),
      message: z.string().optional(),
      secretResourceVersion: z.string().optional(),
      password: z
        .object({
          message: z.string().optional(),
          expiration: z.string().optional(),
          appliedExpiration: z.string().optional(),
        })
        .optional(),
    })
    .default({}),
});

export type DatabaseRole = z.output<typeof databaseRoleSchema>;

/** One version of a DatabaseRole: what a write or a deletion is decided on. */
export interface DatabaseRoleVersion {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Roles that are declared by objects of their own instead of the Cluster's `managed.roles`. */
export class DatabaseRoles {
  /** CNPG before 1.30 has none. */
  readonly #kind: OptionalKind;

  constructor(private readonly connection: KubernetesConnection) {
    this.#kind = new OptionalKind(connection, DATABASE_ROLES, 'the DatabaseRoles');
  }

  /** @returns none where CNPG has no DatabaseRoles, or where the account may not list them. */
  async ofCluster(namespace: string, cluster: string): Promise<readonly DatabaseRole[]> {
    return (await this.inNamespace(namespace, cluster)).ofCluster;
  }

  /** The same, and the names of all other DatabaseRoles of the namespace. */
  async inNamespace(
    namespace: string,
    cluster: string,
  ): Promise<{ readonly ofCluster: readonly DatabaseRole[]; readonly others: readonly string[] }> {
    const items = await this.#kind.list<{ metadata?: { name?: string } }>(namespace);
    const roles = items.map((item) => ({ name: item.metadata?.name, role: databaseRoleSchema.safeParse(item).data }));
    const isOfCluster = (role: DatabaseRole | undefined): role is DatabaseRole => role?.spec.cluster.name === cluster;
    return {
      ofCluster: roles.map(({ role }) => role).filter(isOfCluster),
      others: roles.flatMap(({ name, role }) => (name === undefined || isOfCluster(role) ? [] : name)),
    };
  }

  /** Makes CNPG look at the role's Secret now: CNPG looks at each change of a DatabaseRole. */
  async nudge(namespace: string, name: string, at: Date): Promise<void> {
    const body = { metadata: { annotations: { [RELOADED_AT]: at.toISOString() } } };
    await patchDatabaseRole(this.connection, 'annotate', namespace, name, body);
  }

  /** @returns false when a DatabaseRole has the name already. */
  async create(
    namespace: string,
    name: string,
    { labels, spec }: { readonly labels: Readonly<Record<string, string>>; readonly spec: RoleEntry },
  ): Promise<boolean> {
    const body = {
      apiVersion: `${DATABASE_ROLES.group}/${DATABASE_ROLES.version}`,
      kind: 'DatabaseRole',
      metadata: { name, namespace, labels },
      spec,
    };
    const answer = await this.connection.call<unknown>(
      `create ${describe(namespace, name)}`,
      (options) => this.connection.custom.createNamespacedCustomObject({ ...DATABASE_ROLES, namespace, body }, options),
      (error) => (isConflict(error) ? 'conflict' : undefined),
    );
    return answer !== 'conflict';
  }

  /** Merges fields into the spec. @returns false when the DatabaseRole no longer has this version. */
  async change(
    namespace: string,
    { name, uid, resourceVersion }: DatabaseRoleVersion,
    spec: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    return patchDatabaseRole(this.connection, 'change', namespace, name, { metadata: { uid, resourceVersion }, spec });
  }

  /** Deletes it, or does nothing when it is gone or replaced. CNPG then drops the role, or leaves it, as it says. */
  async delete(namespace: string, { name, uid }: DatabaseRoleVersion): Promise<void> {
    await this.connection.call<unknown>(
      `delete ${describe(namespace, name)}`,
      (options) =>
        this.connection.custom.deleteNamespacedCustomObject(
          { ...DATABASE_ROLES, namespace, name, body: { preconditions: { uid } } },
          options,
        ),
      (error) => (isNotFound(error) || isConflict(error) ? 'gone' : undefined),
    );
  }

  watched(namespace: string, name: string): Watched {
    return {
      path: `/apis/${DATABASE_ROLES.group}/${DATABASE_ROLES.version}/namespaces/${namespace}/${DATABASE_ROLES.plural}`,
      fieldSelector: `metadata.name=${name}`,
    };
  }
}

/**
 * @param doing the verb, for the message of an error.
 * @returns false when the DatabaseRole no longer has the version that the body names.
 */
export async function patchDatabaseRole(
  connection: KubernetesConnection,
  doing: 'annotate' | 'change',
  namespace: string,
  name: string,
  body: object,
): Promise<boolean> {
  const answer = await connection.call<unknown>(
    `${doing} ${describe(namespace, name)}`,
    (options) =>
      connection.custom.patchNamespacedCustomObject({ ...DATABASE_ROLES, namespace, name, body }, mergePatch(options)),
    (error) => (isConflict(error) ? 'conflict' : undefined),
  );
  return answer !== 'conflict';
}

function describe(namespace: string, name: string): string {
  return objectName('DatabaseRole', namespace, name);
}

/** The modes in which CNPG reads a password from a Secret, each with the Secret's default name. */
const SECRET_OF_MODE: Readonly<Record<string, (databaseRole: string) => string | undefined>> = {
  generate: (databaseRole) => `${databaseRole}-password`,
  secret: () => undefined,
};

function toDeclaredRole({ metadata: { name }, spec, status }: DatabaseRole): ManagedRole {
  const role = toManagedRole(spec, `DatabaseRole ${name}`);
  const { password } = spec;
  if (password === undefined) return role;
  const secretOf = SECRET_OF_MODE[password.mode];
  return {
    ...role,
    passwordMode: password.mode,
    passwordSecret: secretOf && (password.secret ?? secretOf(name)),
    ...(password.mode === 'generate' && { generated: status.password ?? {} }),
  };
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
    managedRoles: [...state.managedRoles, ...databaseRoles.map(toDeclaredRole)],
    appliedSecretVersions: Object.fromEntries(
      Object.entries(applied).flatMap(([role, version]) =>
        version === undefined || version === '' ? [] : [[role, version]],
      ),
    ),
    cannotReconcile: complaints,
  };
}
