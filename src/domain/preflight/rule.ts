import type { ManagedRole } from '../cluster.ts';
import { objectName, type Component } from '../component.ts';
import type { Verdict } from '../finding.ts';
import type { PreflightFacts } from './facts.ts';

/** A rule is named after what it wants to see; it speaks when that is not so. */
export type Rule = (facts: PreflightFacts) => Verdict | undefined;

export function clusterName({ namespace, cluster }: Component): string {
  return objectName('Cluster', namespace, cluster);
}

export function secretName({ namespace, secret }: Component): string {
  return objectName('Secret', namespace, secret);
}

/** Where a role's declaration is to be changed. */
export function placeOf({ declaredBy }: ManagedRole): string {
  return declaredBy === 'managed.roles' ? 'spec.managed.roles' : declaredBy;
}

/** The command that makes CNPG read the Secrets of a Cluster again. */
export function reloadCommand({ namespace, cluster }: Component): string {
  return `kubectl -n ${namespace} annotate cluster ${cluster} cnpg.io/reloadedAt="$(date -u +%FT%TZ)" --overwrite`;
}
