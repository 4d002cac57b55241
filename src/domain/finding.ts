import { isPassing, RotationError, type Cause, type RuleName } from './failures.ts';
import { hasFields } from './has-fields.ts';

/** One judgement of preflight. `blocking`: the rotation cannot end well, so the rotation does not begin. */
export interface Finding {
  /** The name of the rule, such as `primary-is-not-fenced`: stable, for citing. It is the failure's type too. */
  readonly rule: RuleName;
  readonly severity: 'blocking' | 'warning';
  /** What is wrong, and with which object. */
  readonly message: string;
  /** The command or the change that repairs it. */
  readonly mend: string;
  /** The problem may pass by itself, so preflight is retried. */
  readonly passing?: boolean;
}

/** The result of a rule; `judgeBy` adds the rule's name. */
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
export function describeFinding({ message, mend }: Pick<Finding, 'message' | 'mend'>): string {
  return `${message} ${mend}`;
}

/** @param cause the failure of a look, where the rule is about this failure. */
export function blocking(message: string, mend: string, cause?: Cause): Verdict {
  return { severity: 'blocking', message, mend, passing: cause && isPassing(cause.type) };
}

export function warning(message: string, mend: string): Verdict {
  return { severity: 'warning', message, mend };
}

/** Preflight's refusal, with each blocking finding. The type of the error is the rule of the first that does not pass by itself. */
export class Refusal extends RotationError {
  constructor(readonly findings: readonly Finding[]) {
    // A database that does not answer may answer the retry. A retry changes no other finding.
    const first = findings.find(({ passing }) => passing !== true) ?? findings[0];
    if (first === undefined) throw new Error('a refusal needs a finding');
    super(first.rule, findings.map(describeFinding).join(' '), { retryable: first.passing === true });
  }
}

/** The findings of a refusal that Temporal carried as a detail of a failure. */
export function carriedFindings(detail: unknown): readonly Finding[] | undefined {
  return hasFields<{ readonly findings: readonly Finding[] }>(detail, 'findings') ? detail.findings : undefined;
}

export function blocks({ severity }: Finding): boolean {
  return severity === 'blocking';
}
