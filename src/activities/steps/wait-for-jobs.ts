import {
  consumersOf,
  endsByItself,
  consumerOf,
  type Consumer,
  type ReadingPod,
} from '../../domain/consumers/consumer.ts';
import { decideWait, readsOldValue, type JobsWait } from '../../domain/consumers/jobs.ts';
import type { Dependencies } from '../dependencies.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import type { WaitInput, WaitResult } from '../types.ts';

/**
 * Waits until the pods of Jobs that read the old value have ended. When the limit is spent, the rotation goes on: it
 * cannot wait for a Job that never ends, and it tells which pods are left.
 * Running it twice is safe: it only reads.
 */
export async function waitForJobs(
  deps: Dependencies,
  { rotation: { component }, wait: { secrets, published } }: WaitInput,
  clock: StepClock,
): Promise<WaitResult> {
  const { namespace } = component;
  let wait: JobsWait | undefined;
  const look = async (): Promise<readonly ReadingPod[]> => {
    const pods = (await deps.consumerObjects.list(namespace))
      .readingPods(secrets)
      .filter((pod) => endsByItself(consumerOf(namespace, pod)));
    return published ? olderThanTheSecrets(deps, namespace, pods) : pods;
  };
  const seen = await until<readonly ReadingPod[], readonly ReadingPod[]>(deps, {
    clock,
    watched: deps.consumerObjects.watched(namespace),
    look: async () => {
      const pods = await look();
      const verdict = decideWait(
        wait,
        pods.map(({ name }) => name),
      );
      if (verdict.kind === 'over') return { done: true, result: pods };
      ({ wait } = verdict);
      return { done: false, missing: pods };
    },
  });
  const left = seen.done ? seen.result : seen.missing;
  return { left: consumersOf(component, namespace, left, []).map(toLeft) };
}

/** Pods that started after the change read the new value. */
async function olderThanTheSecrets(
  { secrets }: Dependencies,
  namespace: string,
  pods: readonly ReadingPod[],
): Promise<readonly ReadingPod[]> {
  const names = [...new Set(pods.flatMap((pod) => pod.secrets))];
  const changed = new Map(
    await Promise.all(names.map(async (name) => [name, (await secrets.find(namespace, name))?.dataChangedAt] as const)),
  );
  return pods.filter((pod) =>
    readsOldValue(
      pod,
      pod.secrets.map((name) => changed.get(name)),
    ),
  );
}

function toLeft({ kind, namespace, name, pods }: Consumer): WaitResult['left'][number] {
  return { kind, namespace, name, pods };
}
