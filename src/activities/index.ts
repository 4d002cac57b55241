import { GITOPS_PUBLISH_SECONDS } from '../domain/budgets.ts';
import type { Dependencies } from './dependencies.ts';
import { diagnose } from './diagnose.ts';
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
import type { RotationActivities } from './types.ts';
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
    verify: (input) => guard(() => verify(deps, input, stepClock('verify'))),
    finish: (input) => guard(() => finish(deps, input)),
    diagnose: (input) => guard(() => diagnose(deps, input)),
  };
}
