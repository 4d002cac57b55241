import { blocks, blockingFirst, judgeBy, type Finding } from '../finding.ts';
import type { RuleName } from '../failures.ts';
import type { AdoptionFacts } from './facts.ts';
import { ADOPTION_RULES } from './rules.ts';

export type * from './facts.ts';
export { adoptionNames, roleSecrets, type AdoptionNames } from './names.ts';
export { parseAdoptAlternatingInput, type AdoptAlternatingInput, type AdoptAlternatingRequest } from './input.ts';
export {
  catalogueAdvice,
  halfwayAdvice,
  isAdoptionReport,
  type AdoptionOutcome,
  type AdoptionReport,
} from './report.ts';
export { describePlan, planAdoption, turnOfAdoption } from './plan.ts';
export * from './spec.ts';

export const ADOPTION_RULE_NAMES = Object.keys(ADOPTION_RULES);

/**
 * These rules only warn before a rotation and block an adoption: CNPG would apply the password of the Secret, and
 * PostgreSQL would refuse everybody who still logs in with another password.
 */
const MUST_HOLD: ReadonlySet<string> = new Set(['current-password-works']);

/** The same where the application leaves the owner: a container that nobody sees take the user's name is refused then. */
const MUST_HOLD_TO_ADOPT: ReadonlySet<string> = new Set([
  'containers-take-the-user',
  'stopped-pods-take-the-user',
  'user-lists-know-both-roles',
]);

/** Preflight only warns of these, since a rotation works without them. The value is the adoption's rule that blocks. */
const REFUSED_BY: Readonly<Record<RuleName, keyof typeof ADOPTION_RULES>> = {
  'operator-answers': 'operator-must-answer',
  'role-is-no-superuser': 'owner-is-unprivileged',
};

/** The findings of preflight and of the adoption, the blocking ones first. */
export function judgeAdoption(facts: AdoptionFacts): readonly Finding[] {
  const own = judgeBy(ADOPTION_RULES, facts);
  const blocked = new Set<RuleName | undefined>(own.filter(blocks).map(({ rule }) => rule));
  const preflight = facts.preflight
    .filter(({ rule }) => !blocked.has(REFUSED_BY[rule]))
    .map((finding) => (mustHold(facts, finding) ? { ...finding, severity: 'blocking' as const } : finding));
  return blockingFirst([...preflight, ...own]);
}

function mustHold({ direction }: AdoptionFacts, { rule }: Finding): boolean {
  return MUST_HOLD.has(rule) || (direction === 'adopt' && MUST_HOLD_TO_ADOPT.has(rule));
}
