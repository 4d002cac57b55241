import { z } from 'zod';
import type { Kinds } from '../api/index.ts';

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

const clusterSchema = z.object({
  spec: z.object({
    imageName: z.string().default('localhost/postgresql:18.4'),
    bootstrap: z
      .object({
        initdb: z
          .object({
            database: z.string().default('app'),
            owner: z.string().default('app'),
            secret: z.object({ name: z.string() }).optional(),
          })
          .optional(),
      })
      .optional(),
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

/** The Secrets whose changes concern the Cluster, each with the role that its username has to be. */
export function credentialSecrets({ name, spec }: Cluster): {
  readonly owner?: string;
  /** Absent where the superuser has no access. */
  readonly superuser?: string;
  readonly roles: readonly string[];
} {
  const roles = spec.managed.roles.flatMap(({ passwordSecret }) => passwordSecret?.name ?? []);
  const initdb = spec.bootstrap?.initdb;
  return {
    roles,
    ...(spec.enableSuperuserAccess && { superuser: spec.superuserSecret?.name ?? `${name}-superuser` }),
    ...(initdb !== undefined && { owner: initdb.secret?.name ?? `${name}-app` }),
  };
}

export function instanceName({ name }: Pick<Cluster, 'name'>): string {
  return `${name}-1`;
}

/** Whether this version has two fixes: passwords go to PostgreSQL as verifiers, and one bad Secret stops its role only. */
export function hasPasswordFixes(version: string): boolean {
  const [, minor = 0, patch = 0] = version.split('.').map(Number);
  return minor >= 30 || (minor === 29 && patch >= 2) || (minor === 28 && patch >= 4);
}
