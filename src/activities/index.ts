import { declareRoles } from './adopt/declare-roles.ts';
import { preflightAdoption } from './adopt/preflight-adoption.ts';
import { splitSecrets } from './adopt/split-secrets.ts';
import { withdrawRoles } from './adopt/withdraw-roles.ts';
import { GITOPS_PUBLISH_SECONDS } from '../domain/budgets.ts';
import type { Dependencies } from './dependencies.ts';
import { diagnose } from './diagnose.ts';
import { drain } from './drain.ts';
import { emergencyAlterUser } from './emergency-alter-user.ts';
import { finish } from './finish.ts';
import { guard } from './guard.ts';
import { preflight } from './preflight.ts';
import { publishThroughGit } from './publish-through-git.ts';
import { publish } from './publish.ts';
import { restart } from './restart.ts';
import { stage } from './stage.ts';
import { stepClock } from './step-clock.ts';
import { sync } from './sync.ts';
import type { AdoptionActivities, RotationActivities } from './types.ts';
import { verify } from './verify.ts';

/** The activities that a worker registers, one for each step of the runbook. */
export function createActivities(deps: Dependencies): RotationActivities {
  return {
    preflight: (input) => guard(() => preflight(deps, input)),
    stage: (input) => guard(() => stage(deps, input)),
    publish: (input) => guard(() => publish(deps, input)),
    publishThroughGit: (input) =>
      guard(() => publishThroughGit(deps, input, stepClock('publish', GITOPS_PUBLISH_SECONDS))),
    sync: (input) => guard(() => sync(deps, input, stepClock('sync'))),
    emergencyAlterUser: (input) => guard(() => emergencyAlterUser(deps, input)),
    restart: (input) => guard(() => restart(deps, input, stepClock('restart'))),
    drain: (input) => guard(() => drain(deps, input, stepClock('drain'))),
    verify: (input) => guard(() => verify(deps, input, stepClock('verify'))),
    finish: (input) => guard(() => finish(deps, input)),
    diagnose: (input) => guard(() => diagnose(deps, input)),
  };
}

/** The activities of an adoption, besides those of a rotation. */
export function createAdoptionActivities(deps: Dependencies): AdoptionActivities {
  return {
    preflightAdoption: (input) => guard(() => preflightAdoption(deps, input)),
    splitSecrets: (input) => guard(() => splitSecrets(deps, input)),
    declareRoles: (input) => guard(() => declareRoles(deps, input, stepClock('declare'))),
    withdrawRoles: (input) => guard(() => withdrawRoles(deps, input, stepClock('withdraw'))),
  };
}
