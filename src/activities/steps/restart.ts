import { log } from '@temporalio/activity';
import { namespacesOf, secretsIn, workloadName, type SecretReader } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import { otherTarget } from '../../domain/steps.ts';
import { decideRestart, endAtDeadline, type RestartEnd, type Unfinished } from '../../domain/proofs/decide-restart.ts';
import { reloaderHash } from '../../kubernetes/secret-hash.ts';
import type { RestartSigns } from '../../kubernetes/restart-signs.ts';
import type { Dependencies } from '../dependencies.ts';
import { requireTarget } from '../staging/live-secrets.ts';
import { readStaging, stagedSide } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import type { RestartedWorkload, RestartInput, RestartResult } from '../types.ts';
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
export async function restart(deps: Dependencies, input: RestartInput, clock: StepClock): Promise<RestartResult> {
  const { rotation } = input;
  const { target, secrets } = input.restart;
  const { component } = rotation;
  const staging = await readStaging(deps, rotation);
  // Pods that start now read the current live Secrets.
  const live = await requireTarget(deps, rotation, staging, target, secrets);
  // A pod may have come and gone since the Secrets changed.
  const clients = await addressesOf(deps, component);
  const watched = (
    await Promise.all(
      namespacesOf(component).map((namespace) =>
        deps.workloads.reading(namespace, secretsIn(component, secrets, namespace)),
      ),
    )
  ).flat();
  const workloads = await Promise.all(
    input.restart.workloads.map((workload) => {
      const read = live.filter(({ secret }) => workload.secrets.includes(secret));
      return restartOne(
        deps,
        {
          workload,
          signs: {
            secrets: read.map(({ secret, live: { name, data } }) => ({
              name,
              hash: reloaderHash(data),
              // Only the way back needs this hash. On the way forward no old mark can be of the new password.
              ...(target === 'previous' && {
                undoneHash: reloaderHash({ ...data, ...stagedSide(staging, secret, 'pending') }),
              }),
            })),
            component: component.name,
            mark: `${rotation.id}.${target}`,
            undone: `${rotation.id}.${otherTarget(target)}`,
          },
          watchedByReloader: watched.some(
            (now) => workloadName(now) === workloadName(workload) && now.watchedByReloader,
          ),
          input,
        },
        clock,
      );
    }),
  );
  return { workloads, ...(clients.length > 0 && { clients }) };
}

async function restartOne(deps: Dependencies, restart: Restart, clock: StepClock): Promise<RestartedWorkload> {
  const { workload, signs, watchedByReloader, input } = restart;
  const seen = await until<RestartEnd, Unfinished>(deps, {
    clock,
    watched: deps.workloads.watched(workload),
    look: async () => {
      const next = decideRestart({
        rollout: await deps.workloads.rollout(workload, signs),
        watchedByReloader,
        elapsedMs: clock.spentMs(),
        target: input.restart.target,
        oldPodsLogIn: input.restart.oldPodsLogIn,
      });
      if (next.kind === 'done' || next.kind === 'fail') return { done: true, result: next };
      const { kind, lookAgainMs } = next;
      const act = kind === 'restart-ourselves' ? () => restartOurselves(deps, restart) : undefined;
      return { done: false, missing: next, act, lookAgainMs };
    },
  });
  const end = seen.done ? seen.result : endAtDeadline(seen.missing);
  if (end.kind === 'fail') throw incomplete(restart, end.because, end.pod);
  const { by, pods, ending } = end;
  const { kind, namespace, name } = workload;
  return { kind, namespace, name, by, pods, ...(ending.length > 0 && { ending }) };
}

async function restartOurselves(deps: Dependencies, { workload, signs, watchedByReloader }: Restart): Promise<void> {
  if (watchedByReloader) log.warn('Reloader did not react in time: restarting', { workload: workloadName(workload) });
  await deps.workloads.restart(workload, signs, deps.now());
}

/** A pod may print anything, so the message gives the command that shows the lines, not the lines. */
function incomplete({ workload }: Restart, what: string, pod: string | undefined): RotationError {
  const look =
    pod === undefined
      ? ''
      : ` What its pod printed last: kubectl -n ${workload.namespace} logs ${pod} --all-containers --tail=20 (with --previous where it was started again).`;
  return new RotationError('RolloutIncomplete', `${workloadName(workload)} ${what}.${look}`);
}
