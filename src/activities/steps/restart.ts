import { log } from '@temporalio/activity';
import { LOOK_AGAIN_MS, RELOADER_GRACE_SECONDS } from '../../domain/budgets.ts';
import { workloadName, type SecretReader } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import { otherTarget } from '../../domain/rotation/handover.ts';
import { judgeRollout } from '../../domain/proofs/rollout.ts';
import { reloaderHash } from '../../kubernetes/secret-hash.ts';
import type { RestartSigns } from '../../kubernetes/restart-signs.ts';
import type { Dependencies } from '../dependencies.ts';
import { requireTarget } from '../staging/live-secrets.ts';
import { readStaging, stagedSide, type Staging } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import type { RestartedWorkload, RestartInput, RestartResult } from '../types.ts';

/** What the restart of one workload needs to know. */
interface Restart {
  readonly namespace: string;
  readonly workload: SecretReader;
  /** For messages. */
  readonly name: string;
  readonly signs: RestartSigns;
  readonly watchedByReloader: boolean;
  readonly staging: Staging;
  readonly input: RestartInput;
}

/** Running it twice is safe: a restart that we force is marked with the rotation's id and not forced again. */
export async function restart(deps: Dependencies, input: RestartInput, clock: StepClock): Promise<RestartResult> {
  const { rotation } = input;
  const { target, secrets } = input.restart;
  const { component } = rotation;
  const staging = await readStaging(deps, rotation);
  // Pods that start now read what is live now.
  const live = await requireTarget(deps, rotation, staging, target, secrets);
  const watched = await deps.workloads.reading(component.namespace, secrets);
  const workloads = await Promise.all(
    input.restart.workloads.map((workload) => {
      const read = live.filter(({ name }) => workload.secrets.includes(name));
      return restartOne(
        deps,
        {
          namespace: component.namespace,
          workload,
          name: workloadName(component, workload),
          signs: {
            secrets: read.map(({ name, data }) => ({
              name,
              hash: reloaderHash(data),
              // Forward no mark can be of the new password but a new one.
              ...(target === 'previous' && {
                undoneHash: reloaderHash({ ...data, ...stagedSide(staging, name, 'pending') }),
              }),
            })),
            component: component.name,
            mark: `${rotation.id}.${target}`,
            undone: `${rotation.id}.${otherTarget(target)}`,
          },
          watchedByReloader: watched.some(
            (now) => now.kind === workload.kind && now.name === workload.name && now.watchedByReloader,
          ),
          staging,
          input,
        },
        clock,
      );
    }),
  );
  return { workloads };
}

async function restartOne(deps: Dependencies, restart: Restart, clock: StepClock): Promise<RestartedWorkload> {
  const { namespace, workload, name, signs, watchedByReloader, input } = restart;
  const { kind } = workload;
  const forceAt = clock.startedAt + (watchedByReloader ? RELOADER_GRACE_SECONDS * 1_000 : 0);
  const changes = deps.watch(deps.workloads.watched(namespace, workload));
  try {
    for (;;) {
      const facts = await deps.workloads.rollout(namespace, workload, signs);
      const verdict = judgeRollout(facts);
      const now = deps.now().getTime();
      const late = now >= clock.deadline;
      // A pod that is ending has no use for a password that is refused already. A pod that still logs in shall not be
      // locked out while there is time.
      const mayBeEnding = !input.restart.oldPodsLogIn || late;
      if (verdict.kind === 'complete' && (verdict.ending.length === 0 || mayBeEnding)) {
        const { by, ending } = verdict;
        const pods = facts.pods.filter(({ name }) => !ending.includes(name));
        return {
          kind,
          name: workload.name,
          by,
          pods: pods.map(({ name }) => name),
          ...(ending.length > 0 && { ending }),
        };
      }
      // On the way back nothing is left to be tried but to wait: what looks hopeless may still come.
      if (verdict.kind === 'stuck' && input.restart.target === 'pending')
        throw incomplete(restart, `cannot finish its rollout: ${verdict.because}`, verdict.pod);
      if (late && verdict.kind !== 'complete') {
        const why = verdict.kind === 'untouched' ? 'it was never restarted' : verdict.because;
        const pod = facts.pods.find(({ marked, ready }) => marked && !ready)?.name;
        throw incomplete(restart, `did not finish its rollout within the budget: ${why}`, pod);
      }
      if (verdict.kind === 'untouched' && now >= forceAt) {
        if (watchedByReloader) log.warn('Reloader did not react in time: restarting', { workload: name });
        await deps.workloads.restart(namespace, workload, signs, deps.now());
        continue;
      }
      const nextMoment = verdict.kind === 'untouched' ? forceAt : clock.deadline;
      await changes.next(Math.min(LOOK_AGAIN_MS, Math.max(nextMoment - now, 1)), clock.signal);
      clock.signal.throwIfAborted();
    }
  } finally {
    changes.close();
  }
}

/** What a pod printed may hold anything, so the command that shows the lines stands in their place. */
function incomplete({ namespace, name }: Restart, what: string, pod: string | undefined): RotationError {
  const look =
    pod === undefined
      ? ''
      : ` What its pod printed last: kubectl -n ${namespace} logs ${pod} --all-containers --tail=20 (with --previous where it was started again).`;
  return new RotationError('RolloutIncomplete', `${name} ${what}.${look}`);
}
