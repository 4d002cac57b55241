import type { FailureType } from './failures.ts';

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

export function blocks({ severity }: Finding): boolean {
  return severity === 'blocking';
}
