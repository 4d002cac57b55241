import type { AdoptionActivities, RotationActivities } from '../../src/activities/types/index.ts';
import { BUDGET_SECONDS, COPIES_SECONDS, GITOPS_PUBLISH_SECONDS } from '../../src/domain/budgets.ts';

export type ActivityName = keyof (RotationActivities & AdoptionActivities);

/** As the real activities have them. */
export const BUDGETS = {
  ...BUDGET_SECONDS,
  publishThroughGit: GITOPS_PUBLISH_SECONDS,
  waitForJobs: BUDGET_SECONDS.wait,
  followCopies: COPIES_SECONDS,
  emergencyAlterUser: BUDGET_SECONDS.emergency,
  diagnose: BUDGET_SECONDS.preflight,
  preflightAdoption: BUDGET_SECONDS.preflight,
  splitSecrets: BUDGET_SECONDS.split,
  declareRoles: BUDGET_SECONDS.declare,
  withdrawRoles: BUDGET_SECONDS.withdraw,
} as const satisfies Record<ActivityName, number>;
