import { declareRoles } from './adopt/declare-roles.ts';
import { preflightAdoption } from './adopt/preflight-adoption.ts';
import { splitSecrets } from './adopt/split-secrets.ts';
import { withdrawRoles } from './adopt/withdraw-roles.ts';
import { GITOPS_PUBLISH_SECONDS } from '../domain/budgets.ts';
import type { RotationRef } from '../domain/rotation/rotation.ts';
import type { Dependencies } from './dependencies.ts';
import { diagnose } from './steps/diagnose.ts';
import { drain } from './steps/drain.ts';
import { emergencyAlterUser } from './steps/emergency-alter-user.ts';
import { finish } from './steps/finish.ts';
import { guard } from './guard.ts';
import { refuseAnotherKubernetes } from './gather/own-kubernetes.ts';
import { preflight } from './steps/preflight.ts';
import { publishThroughGit } from './steps/publish-through-git.ts';
import { publish } from './steps/publish.ts';
import { restart } from './steps/restart.ts';
import { stage } from './steps/stage.ts';
import { stepClock } from './proof/step-clock.ts';
import { sync } from './steps/sync.ts';
import type { RotationActivities } from './types.ts';
import type { AdoptionActivities } from './types-of-adoption.ts';
import { verify } from './steps/verify.ts';
import { watch } from './steps/watch.ts';
import { watchSecondsOf } from './proof/left-behind.ts';

/** A step of a rotation that may have written something: only a worker of the rotation's cluster takes it. */
function stepOf<Input extends { readonly rotation: RotationRef }, Result>(
  deps: Dependencies,
  run: (input: Input) => Promise<Result>,
  written = true,
): (input: Input) => Promise<Result> {
  return (input) =>
    guard(async () => {
      await refuseAnotherKubernetes(deps, input.rotation.kubernetes, written);
      return run(input);
    });
}

/** The activities that a worker registers, one for each step of the runbook. */
export function createActivities(deps: Dependencies): RotationActivities {
  return {
    preflight: (input) =>
      guard(async () => {
        if (input.kubernetes !== undefined) await refuseAnotherKubernetes(deps, input.kubernetes, false);
        return preflight(deps, input);
      }),
    stage: stepOf(deps, (input) => stage(deps, input), false),
    publish: stepOf(deps, (input) => publish(deps, input)),
    publishThroughGit: stepOf(deps, (input) =>
      publishThroughGit(deps, input, stepClock('publish', GITOPS_PUBLISH_SECONDS)),
    ),
    sync: stepOf(deps, (input) => sync(deps, input, stepClock('sync'))),
    emergencyAlterUser: stepOf(deps, (input) => emergencyAlterUser(deps, input)),
    restart: stepOf(deps, (input) => restart(deps, input, stepClock('restart'))),
    drain: stepOf(deps, (input) => drain(deps, input, stepClock('drain'))),
    verify: stepOf(deps, (input) => verify(deps, input, stepClock('verify'))),
    watch: stepOf(deps, (input) => watch(deps, input, stepClock('watch', watchSecondsOf(input)))),
    finish: stepOf(deps, (input) => finish(deps, input)),
    diagnose: (input) =>
      guard(async () => {
        // The failed rotation may have written something. Only a worker of the right cluster can find the cause.
        if (input.kubernetes !== undefined) await refuseAnotherKubernetes(deps, input.kubernetes, true);
        return diagnose(deps, input);
      }),
  };
}

/** The activities of an adoption, besides those of a rotation. */
export function createAdoptionActivities(deps: Dependencies): AdoptionActivities {
  return {
    preflightAdoption: (input) => guard(() => preflightAdoption(deps, input)),
    // This step is the first to write. An earlier try of it may have written Secrets, but nobody reads them.
    splitSecrets: stepOf(deps, (input) => splitSecrets(deps, input), false),
    declareRoles: stepOf(deps, (input) => declareRoles(deps, input, stepClock('declare'))),
    withdrawRoles: stepOf(deps, (input) => withdrawRoles(deps, input, stepClock('withdraw'))),
  };
}
