import { blocks, blockingFirst, judgeBy, type Finding } from '../finding.ts';
import type { RuleName } from '../failures.ts';
import type { AdoptionFacts } from './facts.ts';
import * as rules from './rules.ts';
import type { AdoptionRule } from './rules.ts';

export type * from './facts.ts';
export { adoptionNames, roleSecrets, type AdoptionNames } from './names.ts';
export { parseAdoptAlternatingInput, type AdoptAlternatingInput, type AdoptAlternatingRequest } from './input.ts';
export { halfwayAdvice, isAdoptionReport, type AdoptionOutcome, type AdoptionReport } from './report.ts';
export { describePlan, planAdoption, turnOfAdoption } from './plan.ts';
export * from './spec.ts';

/** In the order in which a person would look: the first blocking finding is the cause to report. */
const RULES = {
  'adoption-rights-are-granted': rules.adoptionRightsAreGranted,
  'names-fit': rules.namesFit,
  'source-has-the-username': rules.sourceHasTheUsername,
  'component-was-adopted': rules.wasAdopted,
  'nobody-rotates': rules.nobodyRotates,
  'operator-must-answer': rules.operatorMustAnswer,
  'owner-is-in-the-cluster': rules.ownerIsInTheCluster,
  'owner-is-managed': rules.ownerIsManaged,
  'role-secrets-are-free': rules.roleSecretsAreFree,
  'role-secrets-are-ours': rules.roleSecretsAreOurs,
  'secrets-name-the-user': rules.secretsNameTheUser,
  'database-is-read': rules.databaseIsRead,
  'login-roles-are-free': rules.loginRolesAreFree,
  'owner-is-of-one-database': rules.ownerIsOfOneDatabase,
  'owner-is-unprivileged': rules.ownerIsUnprivileged,
  'nobody-else-logs-in-as-the-owner': rules.nobodyElseLogsInAsTheOwner,
  'poolers-let-them-in': rules.poolersLetThemIn,
  'poolers-ask-postgres': rules.poolersAskPostgres,
  'hba-lets-them-in': rules.hbaLetsThemIn,
  'cluster-is-ours': rules.clusterIsOurs,
  'cluster-has-no-other-deployer': rules.clusterHasNoOtherDeployer,
  'nobody-asks-for-the-session-user': rules.nobodyAsksForTheSessionUser,
} as const satisfies Record<RuleName, AdoptionRule>;

export const ADOPTION_RULE_NAMES = Object.keys(RULES);

/**
 * What only warns before a rotation, and blocks here: CNPG would apply what the Secret holds, and whoever still logs in
 * with something else would be refused.
 */
const MUST_HOLD: ReadonlySet<string> = new Set(['current-password-works']);

/** What preflight warns of, since a rotation can do without it, and the rule by which an adoption refuses it. */
const REFUSED_BY: Readonly<Record<RuleName, keyof typeof RULES>> = {
  'operator-answers': 'operator-must-answer',
  'role-is-no-superuser': 'owner-is-unprivileged',
};

/** What preflight found and what the adoption adds, what blocks first. */
export function judgeAdoption(facts: AdoptionFacts): readonly Finding[] {
  const own = judgeBy(RULES, facts);
  const blocked = new Set<RuleName | undefined>(own.filter(blocks).map(({ rule }) => rule));
  const preflight = facts.preflight
    .filter(({ rule }) => !blocked.has(REFUSED_BY[rule]))
    .map((finding) => (MUST_HOLD.has(finding.rule) ? { ...finding, severity: 'blocking' as const } : finding));
  return blockingFirst([...preflight, ...own]);
}
