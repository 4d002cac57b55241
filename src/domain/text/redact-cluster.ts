import type { ClusterState } from '../cluster.ts';
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
    cannotReconcile: Object.fromEntries(
      Object.entries(cannotReconcile).map(([role, complaints]) => [
        role,
        complaints.map((complaint) => redactCnpg(complaint, passwords)),
      ]),
    ),
  };
}

export function redactCnpg(text: string, passwords: readonly Password[]): string {
  return redact(text, passwords).replace(/(wrong username\s+)(?:'[^']*'|"[^"]*"|\S+)/gi, "$1'…'");
}
