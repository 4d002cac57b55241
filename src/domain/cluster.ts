import type { Component, LoginRole } from './component.ts';

/** What we read of a CNPG Cluster; field names are CNPG's. */
export interface ClusterState {
  readonly phase: string;
  readonly phaseReason?: string;
  readonly currentPrimary?: string;
  readonly targetPrimary?: string;
  /** `spec.managed.services.additional`: the Cluster's Services besides those that CNPG makes for every Cluster. */
  readonly services: readonly string[];
  readonly managedRoles: readonly ManagedRole[];
  /** `status.managedRolesStatus.passwordStatus[role].resourceVersion`: the Secret's version in the last ALTER. */
  readonly appliedSecretVersions: Readonly<Record<string, string>>;
  /** `status.managedRolesStatus.cannotReconcile[role]`: why CNPG does not change a role. Before 1.28.4 and 1.29.2 it shows few PostgreSQL errors. */
  readonly cannotReconcile: Readonly<Record<string, readonly string[]>>;
  /** The Secret with the certificate authority (CA) of the server's certificate. */
  readonly serverCaSecret?: string;
  /** `cnpg.io/fencedInstances`: names of instances, or `*`. */
  readonly fencedInstances?: readonly string[];
  /** `cnpg.io/hibernation: on`. */
  readonly hibernated?: boolean;
  /** `cnpg.io/reconciliationLoop: disabled`. */
  readonly reconciliationDisabled?: boolean;
  /** The Cluster that this Cluster replicates; absent for a primary Cluster. */
  readonly replicaOf?: string;
  readonly applicationOwner?: ApplicationOwner;
  /** The superuser's Secret; absent where `spec.enableSuperuserAccess` is not true. CNPG then sets no password. */
  readonly superuser?: { readonly secret: string };
  /** `spec.logLevel`: which lines of its own log and of PostgreSQL's log an instance prints. */
  readonly logLevel?: string;
  /** `spec.postgresql.parameters.log_min_messages`. */
  readonly logMinMessages?: string;
  /** `status.lastSuccessfulBackup`, ISO 8601. CNPG does not set it for backups by a plugin. */
  readonly lastSuccessfulBackup?: string;
}

/** The owner of the application's database. CNPG sets its password by a second path, besides the managed roles. */
export interface ApplicationOwner {
  readonly role: string;
  readonly secret: string;
  readonly bootstrap: 'initdb' | 'recovery' | 'pg_basebackup';
}

export interface ManagedRole {
  readonly name: string;
  readonly passwordSecret?: string;
  /** CNPG enforces NOLOGIN where it is omitted. */
  readonly login: boolean;
  readonly ensure: 'present' | 'absent';
  /** The role is a member of these roles. CNPG revokes every other membership. */
  readonly inRoles?: readonly string[];
  /** ISO 8601; absent: the password never expires. */
  readonly validUntil?: string;
  /** The place of the declaration. CNPG prefers `managed.roles` where both places declare the role. */
  readonly declaredBy: 'managed.roles' | `DatabaseRole ${string}`;
  /**
   * `spec.password.mode` of a DatabaseRole (CNPG 1.31): `generate`, `secret`, `external` or `setNull`. `setNull` also
   * stands for `disablePassword: true`. Absent where neither is declared.
   */
  readonly passwordMode?: string;
  /** What CNPG says of a password that it generates (`status.password`). */
  readonly generated?: GeneratedPassword;
}

/** Times are RFC 3339; field names are CNPG's. */
export interface GeneratedPassword {
  /** Why CNPG generates no password now. */
  readonly message?: string;
  /** When the password ends, where `spec.password.duration` gives it a lifetime. */
  readonly expiration?: string;
  /** The same, as PostgreSQL has it by `VALID UNTIL`. */
  readonly appliedExpiration?: string;
}

/** The name of the DatabaseRole; undefined where `managed.roles` declares the role. */
export function databaseRoleOf({ declaredBy }: ManagedRole): string | undefined {
  return declaredBy === 'managed.roles' ? undefined : declaredBy.slice('DatabaseRole '.length);
}

/** The Secret that CNPG generates for the owner by bootstrap, or for the superuser, where none is named. */
export function generatedSecret(cluster: string, type: 'app' | 'superuser'): string {
  return `${cluster}-${type}`;
}

export const SUPERUSER_ROLE = 'postgres';

/** The path by which CNPG sets a role's password. */
export type PasswordPath =
  | {
      readonly path: 'managed';
      /** The declaration that counts: CNPG prefers `managed.roles`, which is first. */
      readonly role: ManagedRole;
    }
  /** Without an entry of the role. CNPG's status tells nothing of this path. */
  | {
      readonly path: 'direct';
      readonly secret: string;
      readonly declaredBy: `spec.bootstrap.${ApplicationOwner['bootstrap']}` | 'spec.enableSuperuserAccess';
    };

/**
 * CNPG sets the owner's password by its second path too, whatever the managed roles say. A managed role without a Secret
 * has its password left alone. The superuser cannot be a managed role.
 * @returns undefined where CNPG sets the role's password by no path.
 */
export function passwordPath(cluster: ClusterState, name: string): PasswordPath | undefined {
  if (name === SUPERUSER_ROLE)
    return cluster.superuser && { path: 'direct', ...cluster.superuser, declaredBy: 'spec.enableSuperuserAccess' };
  const role = cluster.managedRoles.find((one) => one.name === name);
  const owner = cluster.applicationOwner?.role === name ? cluster.applicationOwner : undefined;
  const leavesAlone =
    role?.ensure === 'present' && role.passwordSecret === undefined && role.passwordMode !== 'setNull';
  if (role !== undefined && !(leavesAlone && owner !== undefined)) return { path: 'managed', role };
  return owner && { path: 'direct', secret: owner.secret, declaredBy: `spec.bootstrap.${owner.bootstrap}` };
}

/** The Secret from which CNPG sets the password. */
export function secretOfPath(path: PasswordPath): string | undefined {
  return path.path === 'managed' ? path.role.passwordSecret : path.secret;
}

/** Why CNPG will never apply the Secret to the role; undefined where CNPG sets the role's password from this Secret. */
export function whyNeverApplied(cluster: ClusterState, { role, secret }: LoginRole): string | undefined {
  const path = passwordPath(cluster, role);
  const isAbsent = path?.path === 'managed' && path.role.ensure === 'absent';
  return path !== undefined && secretOfPath(path) === secret && !isAbsent
    ? undefined
    : `CNPG no longer sets the password of role "${role}" from Secret "${secret}"`;
}

/** The objects whose change makes CNPG look at the Secrets of some roles. */
export interface LookedAt {
  readonly cluster: boolean;
  /** Names of DatabaseRoles. CNPG does not look at one when an annotation of the Cluster changes (1.30). */
  readonly databaseRoles: readonly string[];
}

/** What CNPG looks at for these roles. It looks at the Cluster for a role that nothing declares any more. */
export function lookedAtFor(cluster: ClusterState | undefined, roles: readonly string[]): LookedAt {
  const databaseRoles = roles.map((role) => {
    const path = cluster && passwordPath(cluster, role);
    return path?.path === 'managed' ? databaseRoleOf(path.role) : undefined;
  });
  return {
    cluster: databaseRoles.includes(undefined),
    databaseRoles: databaseRoles.filter((name) => name !== undefined),
  };
}

/** The name of the DatabaseRole for which CNPG generates the role's password; undefined where it generates none. */
export function generatorOf(cluster: ClusterState, name: string): string | undefined {
  const path = passwordPath(cluster, name);
  return path?.path === 'managed' && path.role.passwordMode === 'generate' ? databaseRoleOf(path.role) : undefined;
}

/** The primary; undefined while CNPG moves the primary from one instance to another. */
export function settledPrimary({ currentPrimary, targetPrimary }: ClusterState): string | undefined {
  return currentPrimary === targetPrimary ? currentPrimary : undefined;
}

export const HEALTHY_PHASE = 'Cluster in healthy state';

/** Every name that the catalogue or the Cluster uses for a role. */
export function rolesKnown({ role, alternating }: Component, cluster: ClusterState | undefined): readonly string[] {
  const declared = cluster?.managedRoles.map(({ name }) => name) ?? [];
  const owner = cluster?.applicationOwner === undefined ? [] : [cluster.applicationOwner.role];
  return [role, alternating.owner, ...alternating.logins.map((login) => login.role), ...declared, ...owner];
}
