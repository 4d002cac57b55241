import { isPassing, type Cause, type RuleName } from './failures.ts';

/** One judgement of preflight. `blocking`: the rotation cannot end well, so it does not begin. */
export interface Finding {
  /** The rule that found it, such as `primary-is-not-fenced`: stable, to be cited. It is the type of the failure. */
  readonly rule: RuleName;
  readonly severity: 'blocking' | 'warning';
  /** What is wrong, with which object. */
  readonly message: string;
  /** The command or the change that mends it. */
  readonly mend: string;
  /** It may be gone at the next look, so preflight is tried again. */
  readonly passing?: boolean;
}

/** What a rule says; `judgeBy` adds the rule's name. */
export type Verdict = Omit<Finding, 'rule'>;

/** Each finding with the name of its rule, in the order of the rules. */
export function judgeBy<Facts>(
  rules: Readonly<Record<RuleName, (facts: Facts) => Verdict | undefined>>,
  facts: Facts,
): readonly Finding[] {
  return (Object.keys(rules) as RuleName[]).flatMap((rule) => {
    const verdict = rules[rule]?.(facts);
    return verdict === undefined ? [] : [{ rule, ...verdict }];
  });
}

export function blockingFirst(findings: readonly Finding[]): readonly Finding[] {
  return [...findings.filter(blocks), ...findings.filter((finding) => !blocks(finding))];
}

/** `message mend`: a finding in one line. */
export function describeFinding({ message, mend }: Finding): string {
  return `${message} ${mend}`;
}

/** @param cause what a look failed with, where the rule speaks of that. */
export function blocking(message: string, mend: string, cause?: Cause): Verdict {
  return { severity: 'blocking', message, mend, passing: cause && isPassing(cause.type) };
}

export function warning(message: string, mend: string): Verdict {
  return { severity: 'warning', message, mend };
}

export function blocks({ severity }: Finding): boolean {
  return severity === 'blocking';
}
