import type { Component } from './component.ts';

/** What we read of a CNPG Cluster; field names are CNPG's. */
export interface ClusterState {
  readonly phase: string;
  readonly phaseReason?: string;
  readonly currentPrimary?: string;
  readonly targetPrimary?: string;
  /** Services of its own besides those that CNPG makes for every Cluster: `spec.managed.services.additional`. */
  readonly services: readonly string[];
  readonly managedRoles: readonly ManagedRole[];
  /** `status.managedRolesStatus.passwordStatus[role].resourceVersion`: the Secret's version that the last ALTER applied. */
  readonly appliedSecretVersions: Readonly<Record<string, string>>;
  /** `status.managedRolesStatus.cannotReconcile[role]`: why CNPG leaves a role as it is; before 1.28.4 and 1.29.2 for few errors of PostgreSQL only. */
  readonly cannotReconcile: Readonly<Record<string, readonly string[]>>;
  /** The Secret with the certificate authority of the server's certificate. */
  readonly serverCaSecret?: string;
  /** `cnpg.io/fencedInstances`: names of instances, or `*`. */
  readonly fencedInstances?: readonly string[];
  /** `cnpg.io/hibernation: on`. */
  readonly hibernated?: boolean;
  /** `cnpg.io/reconciliationLoop: disabled`. */
  readonly reconciliationDisabled?: boolean;
  /** The Cluster that this one replicates; absent when it is a primary one. */
  readonly replicaOf?: string;
  readonly applicationOwner?: ApplicationOwner;
  /** `spec.logLevel`: what of its own and PostgreSQL's log an instance prints. */
  readonly logLevel?: string;
  /** `spec.postgresql.parameters.log_min_messages`. */
  readonly logMinMessages?: string;
  /** `status.lastSuccessfulBackup`, ISO 8601; CNPG sets it for no backup of a plugin. */
  readonly lastSuccessfulBackup?: string;
}

/** The owner of the application's database, whose password CNPG sets by a second path, beside the managed roles. */
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
  /** The roles that it is a member of; CNPG revokes every other membership. */
  readonly inRoles?: readonly string[];
  /** ISO 8601; absent: for ever. */
  readonly validUntil?: string;
  /** Where it is declared. CNPG prefers `managed.roles` where both have it. */
  readonly declaredBy: 'managed.roles' | `DatabaseRole ${string}`;
}

/** The primary, unless CNPG is changing it: then one instance is the primary still and another is to be. */
export function settledPrimary({ currentPrimary, targetPrimary }: ClusterState): string | undefined {
  return currentPrimary === targetPrimary ? currentPrimary : undefined;
}

export const HEALTHY_PHASE = 'Cluster in healthy state';

/** Every name that is known to be a role's, by the catalogue and by the Cluster. */
export function rolesKnown({ role, alternating }: Component, cluster: ClusterState | undefined): readonly string[] {
  const declared = cluster?.managedRoles.map(({ name }) => name) ?? [];
  const owner = cluster?.applicationOwner === undefined ? [] : [cluster.applicationOwner.role];
  return [role, alternating.owner, ...alternating.logins.map((login) => login.role), ...declared, ...owner];
}
