import type { ClusterState, ManagedRole } from '../cluster.ts';
import type { Password } from '../password.ts';
import { redact } from './redact.ts';

/**
 * A Cluster as CNPG describes it, without passwords. CNPG's messages quote the Secrets, as in `wrong username '…'`, and a
 * Secret's `username` may hold a password by mistake.
 */
export function redactCluster(cluster: ClusterState, passwords: readonly Password[]): ClusterState {
  const { phaseReason, cannotReconcile } = cluster;
  return {
    ...cluster,
    ...(phaseReason !== undefined && { phaseReason: redactCnpg(phaseReason, passwords) }),
    managedRoles: cluster.managedRoles.map((role) => redactRole(role, passwords)),
    cannotReconcile: Object.fromEntries(
      Object.entries(cannotReconcile).map(([role, complaints]) => [
        role,
        complaints.map((complaint) => redactCnpg(complaint, passwords)),
      ]),
    ),
  };
}

function redactRole(role: ManagedRole, passwords: readonly Password[]): ManagedRole {
  const { generated } = role;
  if (generated?.message === undefined) return role;
  return { ...role, generated: { ...generated, message: redactCnpg(generated.message, passwords) } };
}

export function redactCnpg(text: string, passwords: readonly Password[]): string {
  return redact(text, passwords).replace(/(wrong username\s+)(?:'[^']*'|"[^"]*"|\S+)/gi, "$1'…'");
}
