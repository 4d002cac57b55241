import type { ManagedRole } from '../cluster.ts';
import { objectName, type Component } from '../component.ts';
import type { FailureType } from '../failures.ts';
import type { PreflightFacts } from './facts.ts';

/** One judgement of preflight. `blocking`: the rotation cannot end well, so it does not begin. */
export interface Finding {
  /** The rule that found it, such as `cluster-is-fenced`: stable, to be cited. */
  readonly rule: string;
  readonly severity: 'blocking' | 'warning';
  readonly type: FailureType;
  /** What is wrong, with which object. */
  readonly message: string;
  /** The command or the change that mends it. */
  readonly mend: string;
}

/** What a rule says; `judgePreflight` adds the rule's name. */
export type Verdict = Omit<Finding, 'rule'>;

/** A rule is named after what it wants to see; it speaks when that is not so. */
export type Rule = (facts: PreflightFacts) => Verdict | undefined;

/** `message mend`: a finding in one line. */
export function describeFinding({ message, mend }: Finding): string {
  return `${message} ${mend}`;
}

export function blocking(type: FailureType, message: string, mend: string): Verdict {
  return { severity: 'blocking', type, message, mend };
}

export function warning(type: FailureType, message: string, mend: string): Verdict {
  return { severity: 'warning', type, message, mend };
}

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
