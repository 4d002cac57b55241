import type { ClusterState } from '../cluster.ts';
import type { Password } from '../password.ts';
import { redact } from './redact.ts';

/**
 * A Cluster as CNPG describes it, fit to be told: its messages quote what Secrets hold, as in `wrong username '…'`, and
 * what stands in a Secret's `username` need not be one.
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
