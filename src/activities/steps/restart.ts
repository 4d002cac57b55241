import { log } from '@temporalio/activity';
import {
  isWorkload,
  namespacesOf,
  secretsIn,
  workloadName,
  type SecretReader,
  type WorkloadRef,
} from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import {
  decideRestart,
  endAtDeadline,
  progressOf,
  type RestartEnd,
  type Unfinished,
} from '../../domain/proofs/decide-restart.ts';
import { placedWorkloads } from '../../domain/rotation/rotation.ts';
import { afterLiftedPause, decidePause, type ReloaderPause } from '../../domain/reloader/index.ts';
import type { PodFacts } from '../../domain/proofs/rollout-facts.ts';
import type { RestartSigns } from '../../kubernetes/restart-signs.ts';
import type { Dependencies } from '../dependencies.ts';
import { findReloaders, viewOfReloaders } from '../gather/reloaders.ts';
import { requireTarget } from '../staging/live-secrets.ts';
import { readStaging } from '../staging/staging.ts';
import { expectedSigns } from '../proof/expected-signs.ts';
import type { StepClock } from '../proof/step-clock.ts';
import type { PasswordLost, RestartedWorkload, RestartInput, RestartResult } from '../types/index.ts';
import { passwordLost } from '../proof/password-lost.ts';
import { rolloutNow, watchedDuringRestart } from '../proof/rollout-now.ts';
import { until } from '../proof/until.ts';
import { addressesOf } from './publish.ts';

/** What the restart of one workload needs to know. */
interface Restart {
  readonly workload: SecretReader;
  readonly signs: RestartSigns;
  readonly watchedByReloader: boolean;
  readonly input: RestartInput;
}

/** Running it twice is safe: a restart that we force is marked with the rotation's id and not forced again. */
export async function restart(
  deps: Dependencies,
  input: RestartInput,
  clock: StepClock,
): Promise<RestartResult | PasswordLost> {
  const { rotation } = input;
  const { target, secrets } = input.restart;
  const { component } = rotation;
  const staging = await readStaging(deps, rotation);
  // Pods that start now read the current live Secrets.
  const live = await requireTarget(deps, rotation, staging, target, secrets);
  const reloaders = await findReloaders(deps);
  // A pod may have come and gone since the Secrets changed.
  const clients = await addressesOf(deps, component);
  const watched = (
    await Promise.all(
      namespacesOf(component).map(async (namespace) => {
        const here = live.flatMap((one) => (one.live.namespace === namespace ? [one.live] : []));
        const view = await viewOfReloaders(deps, reloaders, namespace, here);
        return deps.workloads.reading(namespace, secretsIn(component, secrets, namespace), view);
      }),
    )
  ).flat();
  const restarting = Promise.all(
    placedWorkloads(component, input.restart.workloads).map((workload) =>
      restartOne(
        deps,
        {
          workload,
          signs: { ...expectedSigns(rotation, { staging, target, live }, workload, deps.now()), reloaders },
          // A Rollout that Reloader changes may stand still at one of its steps, so it is restarted at once.
          watchedByReloader:
            workload.kind !== 'Rollout' &&
            watched.some((now) => workloadName(now) === workloadName(workload) && now.watchedByReloader),
          input,
        },
        clock,
      ),
    ),
  );
  try {
    return { workloads: await restarting, ...(clients.length > 0 && { clients }) };
  } catch (error) {
    if (!(error instanceof RotationError && error.type === 'RolloutIncomplete')) throw error;
    // New pods do not come up with a password that a failover has lost. Where nobody can tell, this error says more.
    const lost = await passwordLost(deps, rotation, staging, input.proven).catch(() => undefined);
    if (lost === undefined) throw error;
    return lost;
  }
}

async function restartOne(deps: Dependencies, restart: Restart, clock: StepClock): Promise<RestartedWorkload> {
  const { workload, signs, watchedByReloader, input } = restart;
  const { kind, namespace, name, readyBefore } = workload;
  let furthest: number | undefined;
  let desired = 0;
  let pause: ReloaderPause | undefined;
  const seen = await until<RestartEnd, Unfinished>(deps, {
    clock,
    watched: watchedDuringRestart(deps, workload),
    look: async () => {
      const rollout = await rolloutNow(deps, workload, signs);
      const progress = progressOf(rollout);
      if (furthest !== undefined && progress > furthest) clock.progressed();
      furthest = Math.max(furthest ?? progress, progress);
      desired = rollout.desired;
      pause = rollout.pause;
      const { target, oldPodsLogIn } = input.restart;
      const next = decideRestart({
        rollout,
        watchedByReloader,
        elapsedMs: clock.spentMs(),
        target,
        oldPodsLogIn,
        pause: decidePause(pause, { nowMs: deps.now().getTime(), oldPodsLogIn }),
      });
      if (next.kind === 'done' || next.kind === 'fail') return { done: true, result: next };
      return { done: false, missing: next, act: actionOf(deps, restart, next), lookAgainMs: next.lookAgainMs };
    },
  });
  const end = seen.done ? seen.result : endAtDeadline(seen.missing);
  if (end.kind === 'fail') throw incomplete(restart, end.because, end.pod);
  const { by, pods, ending, staying } = end;
  const ofPause = afterLiftedPause(pause, deps.now().getTime());
  if (pause !== undefined && ofPause !== undefined && isWorkload(workload))
    await deps.workloads.endLiftedPause(workload, pause, ofPause);
  return {
    kind,
    namespace,
    name,
    by,
    pods,
    ...(ending.length > 0 && { ending }),
    ...(staying.length > 0 && { staying }),
    ...(readyBefore !== undefined && { before: { ready: readyBefore, of: desired } }),
    ...(watchedByReloader && by === 'forced' && { reloaderWasLate: true as const }),
    ...(ofPause !== undefined && { pause: ofPause }),
  };
}

function actionOf(
  deps: Dependencies,
  restart: Restart,
  { kind, replace }: Unfinished,
): (() => Promise<void>) | undefined {
  const { workload, signs } = restart;
  // An owner of another kind has no template to change and no pause: its pods are replaced from the beginning.
  if (isWorkload(workload)) {
    if (kind === 'restart-ourselves') return () => restartOurselves(deps, restart, workload);
    if (kind === 'lift-pause') return () => deps.workloads.liftPause(workload, signs.mark);
  }
  return replace && (() => replacePod(deps, restart, replace));
}

async function restartOurselves(
  deps: Dependencies,
  { signs, watchedByReloader }: Restart,
  workload: WorkloadRef,
): Promise<void> {
  if (watchedByReloader) log.warn('Reloader did not react in time: restarting', { workload: workloadName(workload) });
  await deps.workloads.restart(workload, signs, deps.now());
}

/** Deleting a pod twice is safe: the uid is of the old pod alone. */
async function replacePod(deps: Dependencies, { workload }: Restart, pod: PodFacts): Promise<void> {
  const { namespace } = workload;
  log.info('Deleting an old pod that no controller replaces', { workload: workloadName(workload), pod: pod.name });
  if (await deps.workloads.deletePod(namespace, pod)) return;
  throw new RotationError(
    'KubernetesForbidden',
    `${workloadName(workload)} does not replace its old pod ${pod.name} by itself, and the worker may not delete it. Give the worker's account the right to delete pods, which "cnpg-rotate rights --delete-pods" prints.`,
  );
}

/** A pod may print anything, so the message gives the command that shows the lines, not the lines. */
function incomplete({ workload }: Restart, what: string, pod: string | undefined): RotationError {
  const look =
    pod === undefined
      ? ''
      : ` What its pod printed last: kubectl -n ${workload.namespace} logs ${pod} --all-containers --tail=20 (with --previous where it was started again).`;
  return new RotationError('RolloutIncomplete', `${workloadName(workload)} ${what}.${look}`);
}
