import { blocking, type Verdict } from '../finding.ts';
import { judgeMentions, judgeOwned } from '../ownership.ts';
import { judgeVersion } from '../role-setting.ts';
import type { PreflightFacts } from './facts.ts';
import type { Rule } from './rule.ts';

/* Rules about what belongs to the login roles of alternating roles. They say nothing for the strategy `in-place`. */

const judge =
  (by: typeof judgeOwned) =>
  ({ component, cluster, turns }: PreflightFacts): Verdict | undefined =>
    turns === undefined || turns.held === 'unknown'
      ? undefined
      : by({ component, ...(cluster && { primary: cluster.currentPrimary }) }, turns.held);

/** A look that failed says nothing about what the login roles own. Where no login is possible, other rules say why. */
export const loginRolesAreLookedAt: Rule = ({ component, login, turns }) => {
  if (turns?.turn === undefined || turns.held !== 'unknown' || login !== 'accepted') return undefined;
  return {
    ...blocking(
      `What the login roles of "${component.name}" own in PostgreSQL could not be read, so nobody knows whether the application could use it after the turn.`,
      'Try again. If it stays so: the right to exec into pods ("cnpg-rotate rights --exec") lets the rotation look as the superuser.',
    ),
    passing: true,
  };
};

export const sessionsKeepTheOwner: Rule = judge(judgeVersion);
export const loginRolesOwnNothing: Rule = judge(judgeOwned);
export const nothingNamesALoginRole: Rule = judge(judgeMentions);
