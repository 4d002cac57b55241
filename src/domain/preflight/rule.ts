import type { ManagedRole } from '../cluster.ts';
import { objectName, workloadName, type Component } from '../component.ts';
import type { Verdict } from '../finding.ts';
import type { PreflightFacts, WorkloadFacts } from './facts.ts';

/** A rule is named after the state that it wants. It returns a verdict when the state is another. */
export type Rule = (facts: PreflightFacts) => Verdict | undefined;

export function clusterName({ namespace, cluster }: Component): string {
  return objectName('Cluster', namespace, cluster);
}

export function secretName({ namespace, secret }: Component): string {
  return objectName('Secret', namespace, secret);
}

/** The place of a role's declaration, where a person changes it. */
export function placeOf({ declaredBy }: ManagedRole): string {
  return declaredBy === 'managed.roles' ? 'spec.managed.roles' : declaredBy;
}

/** This command makes CNPG read a Cluster's Secrets again. */
export function reloadCommand({ namespace, cluster }: Component): string {
  return `kubectl -n ${namespace} annotate cluster ${cluster} cnpg.io/reloadedAt="$(date -u +%FT%TZ)" --overwrite`;
}

export function names(workloads: readonly WorkloadFacts[]): string {
  return workloads.map(workloadName).join(', ');
}

/** One command for each workload. */
export function each(workloads: readonly WorkloadFacts[], command: (workload: WorkloadFacts) => string): string {
  return workloads.map(command).join(' && ');
}
