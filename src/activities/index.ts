import { declareRoles } from './adopt/declare-roles.ts';
import { preflightAdoption } from './adopt/preflight-adoption.ts';
import { splitSecrets } from './adopt/split-secrets.ts';
import { withdrawRoles } from './adopt/withdraw-roles.ts';
import { BUDGET_SECONDS, COPIES_SECONDS, GITOPS_PUBLISH_SECONDS } from '../domain/budgets.ts';
import { timeOfRestarts } from '../domain/preflight/index.ts';
import type { RotationRef } from '../domain/rotation/rotation.ts';
import type { Dependencies } from './dependencies.ts';
import { diagnose } from './steps/diagnose.ts';
import { drain } from './steps/drain.ts';
import { emergencyAlterUser } from './steps/emergency-alter-user.ts';
import { followCopies } from './steps/follow-copies.ts';
import { finish } from './steps/finish.ts';
import { generate } from './steps/generate.ts';
import { guard } from './guard.ts';
import { hook } from './steps/hook.ts';
import { refuseAnotherKubernetes } from './gather/own-kubernetes.ts';
import { refuseAnotherRun } from './staging/own-run.ts';
import { preflight } from './steps/preflight.ts';
import { publishThroughGit } from './steps/publish-through-git.ts';
import { publish } from './steps/publish.ts';
import { reassign } from './steps/reassign.ts';
import { restart } from './steps/restart.ts';
import { stage } from './steps/stage.ts';
import type { StepClock } from './proof/step-clock.ts';
import { sync } from './steps/sync.ts';
import type { AdoptionActivities, RotationActivities, WatchInput } from './types/index.ts';
import { verify } from './steps/verify.ts';
import { watch } from './steps/watch.ts';
import { watchSecondsOf } from '../domain/consumers/left-behind.ts';
import { waitForJobs } from './steps/wait-for-jobs.ts';

/**
 * A step of a rotation: only a worker of the rotation's cluster takes it, and only for the run that holds the lock.
 * `written`: the rotation may have written something. `locked`: the rotation has the lock.
 */
function stepOf<Input extends { readonly rotation: RotationRef }, Result>(
  deps: Dependencies,
  budgetSeconds: number | ((input: Input) => number),
  run: (input: Input, clock: StepClock) => Promise<Result>,
  { written = true, locked = true }: { readonly written?: boolean; readonly locked?: boolean } = {},
): (input: Input) => Promise<Result> {
  return (input) =>
    guard(typeof budgetSeconds === 'number' ? budgetSeconds : budgetSeconds(input), async (clock) => {
      await refuseAnotherKubernetes(deps, input.rotation.kubernetes, written);
      if (locked) await refuseAnotherRun(deps, input.rotation);
      return run(input, clock);
    });
}

/** The activities that a worker registers, one for each step of the runbook. */
export function createActivities(deps: Dependencies): RotationActivities {
  const budget = BUDGET_SECONDS;
  return {
    preflight: (input) =>
      guard(budget.preflight, async () => {
        if (input.kubernetes !== undefined) await refuseAnotherKubernetes(deps, input.kubernetes, false);
        return preflight(deps, input);
      }),
    hook: stepOf(
      deps,
      ({ rotation }) => rotation.component.hook?.seconds ?? budget.hook,
      (input, clock) => hook(deps, input, clock),
      { written: false, locked: false },
    ),
    stage: stepOf(deps, budget.stage, (input) => stage(deps, input), { written: false, locked: false }),
    generate: stepOf(deps, budget.generate, (input, clock) => generate(deps, input, clock)),
    waitForJobs: stepOf(
      deps,
      ({ wait }) => wait.seconds,
      (input, clock) => waitForJobs(deps, input, clock),
      { written: false },
    ),
    reassign: stepOf(deps, budget.reassign, (input, clock) => reassign(deps, input, clock)),
    publish: stepOf(
      deps,
      ({ change }) => budget[change.step],
      (input) => publish(deps, input),
    ),
    publishThroughGit: stepOf(
      deps,
      ({ change }) => change.commit?.seconds ?? GITOPS_PUBLISH_SECONDS,
      (input, clock) => publishThroughGit(deps, input, clock),
    ),
    followCopies: stepOf(deps, COPIES_SECONDS, (input, clock) => followCopies(deps, input, clock)),
    sync: stepOf(deps, budget.sync, (input, clock) => sync(deps, input, clock)),
    emergencyAlterUser: stepOf(deps, budget.emergency, (input, clock) => emergencyAlterUser(deps, input, clock)),
    restart: stepOf(
      deps,
      ({ restart: { workloads } }) => timeOfRestarts(workloads, 'allowanceSeconds'),
      (input, clock) => restart(deps, input, clock),
    ),
    drain: stepOf(deps, budget.drain, (input, clock) => drain(deps, input, clock)),
    verify: stepOf(deps, budget.verify, (input, clock) => verify(deps, input, clock)),
    watch: stepOf(
      deps,
      ({ rotation }) => watchSecondsOf(rotation.component),
      (input: WatchInput, clock) => watch(deps, input, clock),
    ),
    // A second run finds the lock gone, or ends it.
    finish: stepOf(deps, budget.finish, (input) => finish(deps, input), { locked: false }),
    diagnose: (input) =>
      guard(budget.preflight, async () => {
        // The failed rotation may have written something. Only a worker of the right cluster can find the cause.
        if (input.kubernetes !== undefined) await refuseAnotherKubernetes(deps, input.kubernetes, true);
        return diagnose(deps, input);
      }),
  };
}

/** The activities of an adoption, besides those of a rotation. */
export function createAdoptionActivities(deps: Dependencies): AdoptionActivities {
  const budget = BUDGET_SECONDS;
  return {
    preflightAdoption: (input) => guard(budget.preflight, () => preflightAdoption(deps, input)),
    // This step is the first to write. An earlier try of it may have written Secrets, but nobody reads them.
    splitSecrets: stepOf(deps, budget.split, (input) => splitSecrets(deps, input), { written: false, locked: false }),
    declareRoles: stepOf(deps, budget.declare, (input, clock) => declareRoles(deps, input, clock)),
    withdrawRoles: stepOf(deps, budget.withdraw, (input, clock) => withdrawRoles(deps, input, clock)),
  };
}
