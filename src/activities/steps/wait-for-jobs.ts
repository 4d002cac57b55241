import { namespacesOf, secretAt, secretsIn, type Component } from '../../domain/component.ts';
import {
  consumerOf,
  consumersOf,
  endsByItself,
  type Consumer,
  type ReadingPod,
} from '../../domain/consumers/consumer.ts';
import { decideWait, readsOldValue, type JobsWait } from '../../domain/consumers/jobs.ts';
import type { JobsToWaitFor } from '../../domain/rotation/handover.ts';
import type { Dependencies } from '../dependencies.ts';
import { readingPods } from '../gather/consumers.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import type { WaitInput, WaitResult } from '../types/index.ts';

/** The pods of Jobs that live and read the old value. */
type Running = readonly { readonly namespace: string; readonly pods: readonly ReadingPod[] }[];

/**
 * Waits until the pods of Jobs that read the old value have ended. When the limit is spent, the rotation goes on: it
 * cannot wait for a Job that never ends, and it tells which pods are left.
 * Running it twice is safe: it only reads.
 */
export async function waitForJobs(
  deps: Dependencies,
  { rotation: { component }, wait: jobs }: WaitInput,
  clock: StepClock,
): Promise<WaitResult> {
  const namespaces = namespacesOf(component).filter((one) => secretsIn(component, jobs.secrets, one).length > 0);
  let wait: JobsWait | undefined;
  const seen = await until<Running, Running>(deps, {
    clock,
    watched: namespaces.flatMap((namespace) => deps.consumerObjects.watched(namespace)),
    look: async () => {
      const running = await Promise.all(namespaces.map((namespace) => runningIn(deps, component, namespace, jobs)));
      const names = running.flatMap(({ namespace, pods }) => pods.map(({ name }) => `${namespace}/${name}`));
      const verdict = decideWait(wait, names);
      if (verdict.kind === 'over') return { done: true, result: running };
      ({ wait } = verdict);
      return { done: false, missing: running };
    },
  });
  const left = seen.done ? seen.result : seen.missing;
  return { left: left.flatMap(({ namespace, pods }) => consumersOf(component, namespace, pods, []).map(toLeft)) };
}

async function runningIn(
  deps: Dependencies,
  component: Component,
  namespace: string,
  { secrets, published }: JobsToWaitFor,
): Promise<Running[number]> {
  const objects = await deps.consumerObjects.list(namespace);
  const names = secretsIn(component, secrets, namespace);
  const pods = readingPods(component, namespace, objects, names).filter((pod) =>
    endsByItself(consumerOf(namespace, pod)),
  );
  return { namespace, pods: published ? await olderThanTheSecrets(deps, component, pods) : pods };
}

/** Pods that started after the change read the new value. */
async function olderThanTheSecrets(
  deps: Dependencies,
  component: Component,
  pods: readonly ReadingPod[],
): Promise<readonly ReadingPod[]> {
  const secrets = [...new Set(pods.flatMap((pod) => pod.secrets))];
  const changed = new Map(
    await Promise.all(
      secrets.map(async (secret) => {
        const { namespace, name } = secretAt(component, secret);
        return [secret, (await deps.secrets.find(namespace, name))?.dataChangedAt] as const;
      }),
    ),
  );
  return pods.filter((pod) =>
    readsOldValue(
      pod,
      pod.secrets.map((secret) => changed.get(secret)),
    ),
  );
}

function toLeft({ kind, namespace, name, pods }: Consumer): WaitResult['left'][number] {
  return { kind, namespace, name, pods };
}
