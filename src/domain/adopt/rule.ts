import type { Verdict } from '../finding.ts';
import type { AdoptionFacts, DatabaseFacts } from './facts.ts';

/** A rule is named after the state that it wants. It returns a verdict when the state is another. */
export type AdoptionRule = (facts: AdoptionFacts) => Verdict | undefined;

/** A rule on the facts of PostgreSQL; it returns nothing where they could not be read. */
export function onDatabase(
  judge: (database: DatabaseFacts, facts: AdoptionFacts) => Verdict | undefined,
): AdoptionRule {
  return (facts) => ('unread' in facts.database ? undefined : judge(facts.database, facts));
}
