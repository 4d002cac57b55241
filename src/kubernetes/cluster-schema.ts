import { z } from 'zod';
import { generatedSecret, type ApplicationOwner, type ClusterState, type ManagedRole } from '../domain/cluster.ts';
import { RotationError } from '../domain/failures.ts';
import { describeIssues } from '../domain/rotation/input.ts';

const secretReference = z.object({ name: z.string().optional() }).optional();

/** What `kubectl cnpg reload` sets on a Cluster: the object changes, so CNPG reads the Secrets again. */
export const RELOADED_AT = 'cnpg.io/reloadedAt';

/** CNPG's RoleConfiguration, which `managed.roles` and a DatabaseRole's spec share. */
export const roleSchema = z.object({
  name: z.string(),
  ensure: z.enum(['present', 'absent']).default('present'),
  login: z.boolean().default(false),
  validUntil: z.string().optional(),
  inRoles: z.array(z.string()).optional(),
  passwordSecret: z.object({ name: z.string() }).optional(),
  disablePassword: z.boolean().optional(),
});

const bootstrapMethod = z
  .object({ owner: z.string().optional(), database: z.string().optional(), secret: secretReference })
  .optional();

/** CNPG's Cluster, as far as we read it; CNPG's own field names. */
const clusterSchema = z.object({
  metadata: z
    .object({ name: z.string().default(''), annotations: z.record(z.string(), z.string()).default({}) })
    .default({ name: '', annotations: {} }),
  spec: z.object({
    bootstrap: z
      .object({ initdb: bootstrapMethod, recovery: bootstrapMethod, pg_basebackup: bootstrapMethod })
      .optional(),
    replica: z
      .object({
        enabled: z.boolean().optional(),
        self: z.string().optional(),
        primary: z.string().optional(),
        source: z.string().optional(),
      })
      .optional(),
    enableSuperuserAccess: z.boolean().optional(),
    superuserSecret: secretReference,
    logLevel: z.string().optional(),
    postgresql: z.object({ parameters: z.record(z.string(), z.string()).optional() }).optional(),
    managed: z
      .object({
        roles: z.array(roleSchema).default([]),
        services: z
          .object({
            additional: z
              .array(z.object({ serviceTemplate: z.object({ metadata: z.object({ name: z.string() }).optional() }) }))
              .default([]),
          })
          .optional(),
      })
      .optional(),
  }),
  status: z
    .object({
      phase: z.string().default(''),
      phaseReason: z.string().optional(),
      currentPrimary: z.string().optional(),
      targetPrimary: z.string().optional(),
      lastSuccessfulBackup: z.string().optional(),
      certificates: z.object({ serverCASecret: z.string().optional() }).optional(),
      managedRolesStatus: z
        .object({
          passwordStatus: z.record(z.string(), z.object({ resourceVersion: z.string().optional() })).default({}),
          cannotReconcile: z.record(z.string(), z.array(z.string())).default({}),
        })
        .optional(),
    })
    .default({ phase: '' }),
});

type ClusterObject = z.output<typeof clusterSchema>;

/** @throws RotationError when the object is not a Cluster as CNPG's API v1 describes it. */
export function toClusterState(cluster: unknown, name: string): ClusterState {
  const parsed = clusterSchema.safeParse(cluster);
  if (!parsed.success) {
    throw new RotationError(
      'KubernetesRejected',
      `${name} does not look like a CNPG Cluster (${describeIssues(parsed.error)}). This version reads postgresql.cnpg.io/v1.`,
    );
  }
  const { metadata, spec, status } = parsed.data;
  const { annotations } = metadata;
  const passwords = Object.entries(status.managedRolesStatus?.passwordStatus ?? {});
  return {
    phase: status.phase,
    phaseReason: status.phaseReason,
    currentPrimary: status.currentPrimary,
    targetPrimary: status.targetPrimary,
    serverCaSecret: status.certificates?.serverCASecret,
    lastSuccessfulBackup: status.lastSuccessfulBackup,
    logLevel: spec.logLevel,
    logMinMessages: spec.postgresql?.parameters?.['log_min_messages'],
    replicaOf: replicaOf(parsed.data),
    applicationOwner: applicationOwner(parsed.data),
    superuser: superuser(parsed.data),
    fencedInstances: fencedInstances(annotations['cnpg.io/fencedInstances']),
    hibernated: annotations['cnpg.io/hibernation'] === 'on',
    reconciliationDisabled: annotations['cnpg.io/reconciliationLoop'] === 'disabled',
    services: (spec.managed?.services?.additional ?? []).flatMap(
      ({ serviceTemplate }) => serviceTemplate.metadata?.name ?? [],
    ),
    managedRoles: (spec.managed?.roles ?? []).map((role) => toManagedRole(role, 'managed.roles')),
    appliedSecretVersions: Object.fromEntries(
      passwords.flatMap(([role, { resourceVersion }]) =>
        resourceVersion === undefined ? [] : [[role, resourceVersion]],
      ),
    ),
    cannotReconcile: status.managedRolesStatus?.cannotReconcile ?? {},
  };
}

export function toManagedRole(
  { name, ensure, login, validUntil, inRoles, passwordSecret, disablePassword }: z.output<typeof roleSchema>,
  declaredBy: ManagedRole['declaredBy'],
): ManagedRole {
  return {
    name,
    ensure,
    login,
    declaredBy,
    validUntil,
    inRoles,
    passwordSecret: passwordSecret?.name,
    ...(disablePassword === true && { passwordMode: 'setNull' }),
  };
}

/** CNPG's own rule (`Cluster.IsReplica`): `enabled` decides; without it, whether `primary` is this Cluster. */
function replicaOf({ metadata, spec: { replica } }: ClusterObject): string | undefined {
  if (replica === undefined) return undefined;
  const self = replica.self === undefined || replica.self === '' ? metadata.name : replica.self;
  if (!(replica.enabled ?? self !== replica.primary)) return undefined;
  return replica.primary ?? replica.source ?? 'unknown';
}

/** CNPG's own rules (`ShouldCreateApplicationDatabase`, `GetApplicationSecretName`): needs an owner and a database. */
function applicationOwner({ metadata, spec: { bootstrap } }: ClusterObject): ApplicationOwner | undefined {
  const second = secondPath(bootstrap);
  return (
    second && {
      role: second.owner,
      secret: second.secret ?? generatedSecret(metadata.name, 'app'),
      bootstrap: second.method,
    }
  );
}

/** CNPG's own rule (`GetSuperuserSecretName`). */
function superuser({ metadata, spec }: ClusterObject): ClusterState['superuser'] {
  if (spec.enableSuperuserAccess !== true) return undefined;
  const { name = '' } = spec.superuserSecret ?? {};
  return { secret: name === '' ? generatedSecret(metadata.name, 'superuser') : name };
}

/** The method by which CNPG finds the application's owner, in CNPG's order, and the Secret that the method names. */
export function secondPath(bootstrap: ClusterObject['spec']['bootstrap']) {
  for (const method of ['recovery', 'pg_basebackup', 'initdb'] as const) {
    const { owner = '', database = '', secret } = bootstrap?.[method] ?? {};
    if (owner !== '' && database !== '')
      return { method, owner, secret: secret?.name === '' ? undefined : secret?.name };
  }
  return undefined;
}

/** The annotation is a JSON list. On anything else CNPG fails, and so does nothing. */
function fencedInstances(annotation: string | undefined): readonly string[] {
  try {
    const list: unknown = JSON.parse(annotation ?? '[]');
    return Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
