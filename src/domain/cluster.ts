/** What we read of a CNPG Cluster; field names are CNPG's. */
export interface ClusterState {
  readonly phase: string;
  readonly phaseReason?: string;
  readonly currentPrimary?: string;
  readonly targetPrimary?: string;
  readonly managedRoles: readonly ManagedRole[];
  /** `status.managedRolesStatus.passwordStatus[role].resourceVersion`: the Secret's version that the last ALTER applied. */
  readonly appliedSecretVersions: Readonly<Record<string, string>>;
  /** `status.managedRolesStatus.cannotReconcile[role]`: PostgreSQL's complaints, for the few errors that CNPG records. */
  readonly cannotReconcile: Readonly<Record<string, readonly string[]>>;
  /** The Secret with the certificate authority of the server's certificate. */
  readonly serverCaSecret?: string;
}

export interface ManagedRole {
  readonly name: string;
  readonly passwordSecret?: string;
  /** CNPG enforces NOLOGIN where it is omitted. */
  readonly login: boolean;
  readonly ensure: 'present' | 'absent';
}

export const HEALTHY_PHASE = 'Cluster in healthy state';
