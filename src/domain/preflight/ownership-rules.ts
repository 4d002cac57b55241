import type { Verdict } from '../finding.ts';
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

export const sessionsKeepTheOwner: Rule = judge(judgeVersion);
export const loginRolesOwnNothing: Rule = judge(judgeOwned);
export const nothingNamesALoginRole: Rule = judge(judgeMentions);
