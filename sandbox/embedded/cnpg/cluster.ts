import { z } from 'zod';
import type { Kinds } from '../api/index.ts';
import { PACKAGED_POSTGRES, postgresImage } from '../postgres/versions.ts';

/** One of CNPG's managed roles, with CNPG's defaults: what is omitted is enforced too. */
export const roleSchema = z.object({
  name: z.string(),
  ensure: z.enum(['present', 'absent']).default('present'),
  login: z.boolean().default(false),
  superuser: z.boolean().default(false),
  createdb: z.boolean().default(false),
  createrole: z.boolean().default(false),
  inherit: z.boolean().default(true),
  replication: z.boolean().default(false),
  bypassrls: z.boolean().default(false),
  connectionLimit: z.number().default(-1),
  validUntil: z.string().optional(),
  inRoles: z.array(z.string()).default([]),
  disablePassword: z.boolean().default(false),
  passwordSecret: z.object({ name: z.string() }).optional(),
});

export type ManagedRole = z.output<typeof roleSchema>;

const bootstrapSchema = z.object({
  database: z.string().default(''),
  owner: z.string().default(''),
  secret: z.object({ name: z.string() }).optional(),
});

const clusterSchema = z.object({
  spec: z.object({
    imageName: z.string().default(postgresImage(PACKAGED_POSTGRES)),
    bootstrap: z
      .object({
        initdb: bootstrapSchema.optional(),
        recovery: bootstrapSchema.optional(),
        pg_basebackup: bootstrapSchema.optional(),
      })
      .default({}),
    enableSuperuserAccess: z.boolean().default(false),
    superuserSecret: z.object({ name: z.string() }).optional(),
    postgresql: z.object({ pg_hba: z.array(z.string()).default([]) }).default({ pg_hba: [] }),
    managed: z.object({ roles: z.array(roleSchema).default([]) }).default({ roles: [] }),
  }),
  status: z
    .object({
      managedRolesStatus: z
        .object({
          passwordStatus: z
            .record(
              z.string(),
              z.object({ resourceVersion: z.string().optional(), transactionID: z.number().optional() }),
            )
            .default({}),
        })
        .default({ passwordStatus: {} }),
    })
    .default({ managedRolesStatus: { passwordStatus: {} } }),
});

/** A Cluster as this operator and its instance manager read it. */
export interface Cluster extends z.output<typeof clusterSchema> {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** `cnpg.io/reconciliationLoop: disabled`: CNPG leaves it be. */
  readonly disabled: boolean;
}

export function readCluster(object: Kinds['clusters']): Cluster {
  const { namespace = '', name = '', uid = '', generation = 0, annotations = {} } = object.metadata ?? {};
  const disabled = annotations['cnpg.io/reconciliationLoop'] === 'disabled';
  return { ...clusterSchema.parse(object), namespace, name, uid, generation, disabled };
}

const METHODS = ['recovery', 'pg_basebackup', 'initdb'] as const;

/** What CNPG's webhook fills in before a Cluster is stored (`setDefaults`, 1.30.0), as far as it is about logins. */
export function setDefaults(object: Kinds['clusters']): void {
  const spec = ((object as { spec?: object }).spec ?? {}) as { bootstrap?: Record<string, Record<string, unknown>> };
  const bootstrap = (spec.bootstrap ??= {});
  const method = METHODS.find((one) => bootstrap[one] !== undefined) ?? 'initdb';
  const chosen = (bootstrap[method] ??= {});
  chosen['database'] ||= 'app';
  chosen['owner'] ||= chosen['database'];
}

/** The database of the application, and its owner; absent where CNPG sets the password of no owner. */
export function applicationDatabase({ name, spec }: Pick<Cluster, 'name' | 'spec'>) {
  const chosen = METHODS.map((method) => spec.bootstrap[method]).find((one) => one?.owner && one.database);
  if (chosen === undefined) return undefined;
  const { database, owner, secret } = chosen;
  return { database, owner, secret: secret?.name ?? `${name}-app`, generated: secret === undefined };
}

/**
 * Whether CNPG can open the application's database. 1.30.0 puts the name into a connection string without quotes
 * (measured: "failed to parse as keyword/value"), and its Job of initdb fails for ever.
 */
export function opensItsDatabase(cluster: Pick<Cluster, 'name' | 'spec'>): boolean {
  return !/^'|[ \t\n\v\f\r\\]/.test(applicationDatabase(cluster)?.database ?? '');
}

/** The Secret of the superuser, whether the superuser has access or not. */
export function superuserSecret({ name, spec }: Pick<Cluster, 'name' | 'spec'>): string {
  return spec.superuserSecret?.name ?? `${name}-superuser`;
}

/** The Secrets whose changes concern the Cluster. */
export function credentialSecrets(cluster: Cluster): {
  readonly owner?: string | undefined;
  /** Absent where the superuser has no access. */
  readonly superuser?: string;
  readonly roles: readonly string[];
} {
  const { spec } = cluster;
  return {
    roles: spec.managed.roles.flatMap(({ passwordSecret }) => passwordSecret?.name ?? []),
    ...(spec.enableSuperuserAccess && { superuser: superuserSecret(cluster) }),
    owner: applicationDatabase(cluster)?.secret,
  };
}

export function instanceName({ name }: Pick<Cluster, 'name'>): string {
  return `${name}-1`;
}

/** Whether this version sets the password again when the superuser gets access again with the same Secret. 1.28.0 does not. */
export function forgetsSuperuser(version: string): boolean {
  return Number(version.split('.')[1]) >= 30;
}

/** Whether this version has two fixes: passwords go to PostgreSQL as verifiers, and one bad Secret stops its role only. */
export function hasPasswordFixes(version: string): boolean {
  const [, minor = 0, patch = 0] = version.split('.').map(Number);
  return minor >= 30 || (minor === 29 && patch >= 2) || (minor === 28 && patch >= 4);
}
