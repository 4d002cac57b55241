import { log } from '@temporalio/activity';
import { LOOK_AGAIN_MS, RELOADER_GRACE_SECONDS } from '../domain/budgets.ts';
import { workloadName, type WorkloadRef } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import { judgeRollout } from '../domain/rollout.ts';
import { holds } from '../domain/secret-data.ts';
import { reloaderHash } from '../kubernetes/secret-hash.ts';
import type { RestartSigns } from '../kubernetes/workloads.ts';
import type { Dependencies } from './dependencies.ts';
import { readStaging } from './staging.ts';
import type { StepClock } from './step-clock.ts';
import type { RestartResult, StepInput } from './types.ts';

type RestartedWorkload = RestartResult['workloads'][number];

/** Running it twice is safe: a restart that we force is marked with the rotation's id and not forced again. */
export async function restart(
  deps: Dependencies,
  { rotation, target }: StepInput,
  clock: StepClock,
): Promise<RestartResult> {
  const { component } = rotation;
  const staging = await readStaging(deps, rotation);
  const live = await deps.secrets.find(component.namespace, component.secret);
  if (live === undefined || !holds(live.data, staging.data[target])) {
    throw new RotationError(
      'SecretChanged',
      `Secret ${component.namespace}/${component.secret} no longer holds the published password: pods that start now would read another one.`,
    );
  }
  const signs = { secret: component.secret, hash: reloaderHash(live.data), mark: `${rotation.id}.${target}` };
  const watched = await deps.workloads.reading(component.namespace, component.secret);
  const workloads = await Promise.all(
    rotation.workloads.map((ref) => {
      const byReloader = watched.some(
        ({ kind, name, watchedByReloader }) => kind === ref.kind && name === ref.name && watchedByReloader,
      );
      return restartOne(deps, component.namespace, ref, signs, byReloader, clock, workloadName(component, ref));
    }),
  );
  return { workloads };
}

async function restartOne(
  deps: Dependencies,
  namespace: string,
  ref: WorkloadRef,
  signs: RestartSigns,
  byReloader: boolean,
  clock: StepClock,
  name: string,
): Promise<RestartedWorkload> {
  const forceAt = byReloader ? clock.startedAt + RELOADER_GRACE_SECONDS * 1_000 : clock.startedAt;
  const changes = deps.watch(deps.workloads.watched(namespace, ref));
  try {
    for (;;) {
      const facts = await deps.workloads.rollout(namespace, ref, signs);
      const verdict = judgeRollout(facts);
      if (verdict.kind === 'complete') return { ...ref, by: verdict.by, pods: facts.pods.length };
      const now = deps.now().getTime();
      if (now >= clock.deadline)
        throw incomplete(name, verdict.kind === 'rolling' ? verdict.because : 'it was never restarted');
      if (verdict.kind === 'untouched' && now >= forceAt) {
        if (byReloader) log.warn('Reloader did not react in time: restarting', { workload: name });
        await deps.workloads.restart(namespace, ref, signs.mark, deps.now());
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

function incomplete(name: string, because: string): RotationError {
  return new RotationError(
    'RolloutIncomplete',
    `${name} did not finish its rollout within the budget: ${because}. Look at its pods with "kubectl describe" and "kubectl logs".`,
  );
}
