import { NUDGE_AFTER_BUDGET_FRACTION } from '../budgets.ts';
import { passwordPath, settledPrimary, whyNeverApplied, type ClusterState } from '../cluster.ts';
import type { Component, LoginRole } from '../component.ts';

/** What the API says about a published Secret and CNPG's work on it, at one moment. */
export interface SyncFacts {
  readonly component: Component;
  /** The role, and the Secret from which CNPG sets its password. */
  readonly login: LoginRole;
  readonly cluster: ClusterState | undefined;
  /** The resourceVersion that our write of the Secret returned. */
  readonly publishedVersion: string;
  /** The Secret's resourceVersion now. A change of metadata alone makes CNPG apply the same password again. */
  readonly liveVersion: string | undefined;
  /** Whether the Secret still holds what was published. */
  readonly liveDataUnchanged: boolean;
}

export type SyncVerdict =
  /** CNPG's status shows an applied password; a login has to prove it. */
  | { readonly kind: 'applied'; readonly primary: string; readonly version: string }
  /** CNPG's status never tells of the owner by bootstrap and of the superuser: a login alone proves it. */
  | { readonly kind: 'untold'; readonly primary: string; readonly version: string }
  | { readonly kind: 'waiting'; readonly because: string }
  /** Somebody else changed the Secret: CNPG will never apply our password. */
  | { readonly kind: 'overwritten'; readonly because: string };

/**
 * CNPG's half of the proof that a password is applied. `byStatus: reconciled` is computed before the synchronizer runs.
 * `managedRoleSecretVersion` shows only that the operator saw the Secret. Only one field is written after the ALTER
 * committed: `passwordStatus[role].resourceVersion`. Of the owner by bootstrap and of the superuser, CNPG
 * keeps the version that it applied in memory alone (`reconcileUser`, 1.24 to 1.30).
 */
export function judgeSync(facts: SyncFacts): SyncVerdict {
  const { component, login, cluster, publishedVersion, liveVersion } = facts;
  if (!facts.liveDataUnchanged) {
    return {
      kind: 'overwritten',
      because: `Secret ${component.namespace}/${login.secret} no longer holds the published password`,
    };
  }
  if (cluster === undefined) {
    return waiting(`Cluster ${component.namespace}/${component.cluster} cannot be found`);
  }
  const never = whyNeverApplied(cluster, login);
  if (never !== undefined) return waiting(never);
  if (passwordPath(cluster, login.role)?.path === 'direct') {
    const primary = settledPrimary(cluster);
    return primary === undefined
      ? waiting(isMoving(cluster))
      : { kind: 'untold', primary, version: liveVersion ?? publishedVersion };
  }
  const complaints = cluster.cannotReconcile[login.role];
  if (complaints !== undefined && complaints.length > 0) {
    return waiting(`CNPG cannot reconcile role "${login.role}": ${complaints.join('; ')}`);
  }
  const applied = cluster.appliedSecretVersions[login.role];
  if (applied === undefined || (applied !== publishedVersion && applied !== liveVersion)) {
    return waiting(
      `CNPG applied the Secret's version ${applied ?? 'none'}, not yet ${liveVersion ?? publishedVersion} (cluster phase "${cluster.phase}")`,
    );
  }
  const primary = settledPrimary(cluster);
  if (primary === undefined) {
    return waiting(isMoving(cluster));
  }
  return { kind: 'applied', primary, version: applied };
}

function isMoving({ currentPrimary, targetPrimary }: ClusterState): string {
  return `the primary is changing from ${currentPrimary ?? 'none'} to ${targetPrimary ?? 'none'}`;
}

/** The time until CNPG is nudged, after a part of the sync budget. */
export function nudgeDueInMs(budgetMs: number, spentMs: number): number {
  return budgetMs * NUDGE_AFTER_BUDGET_FRACTION - spentMs;
}

function waiting(because: string): SyncVerdict {
  return { kind: 'waiting', because };
}
