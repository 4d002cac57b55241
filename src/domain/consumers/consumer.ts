import { BUDGET_SECONDS } from '../budgets.ts';
import type { Component, ConsumerRef } from '../component.ts';

/*
 * Who uses the password, besides the places where it stands. Each consumer gets one treatment:
 *
 *   restarted    its pods are replaced, so the new ones read the new value
 *   waited for   a Job: its pods end by themselves, so the rotation waits for them, up to a limit
 *   told         nobody may replace its pods: a bare pod, a pod of an operator, a text in a manifest
 */
export type Treatment = 'restarted' | 'waited for' | 'told';

export interface Consumer extends ConsumerRef {
  /** The Secrets of the rotation that its pods read, by their ref strings; empty where it holds the text itself. */
  readonly secrets: readonly string[];
  /** Its living pods that read them. */
  readonly pods: readonly string[];
  readonly treatment: Treatment;
  /** The catalogue knows that the consumer is left behind, and accepts it. */
  readonly accepted?: true;
}

/** A living pod that reads a Secret of the rotation. */
export interface ReadingPod {
  readonly name: string;
  /** Who makes the pod again; absent for a bare pod. */
  readonly owner?: Pick<ConsumerRef, 'kind' | 'name'>;
  readonly secrets: readonly string[];
  /** RFC 3339, by the API server's clock, in whole seconds. */
  readonly createdAt?: string;
}

/** How long a rotation waits for running Jobs; 0: it does not wait. */
export function waitForJobsSeconds({ waitForJobsSeconds: seconds = BUDGET_SECONDS.wait }: Component): number {
  return seconds;
}

/** Kinds whose pods end by themselves. */
const ENDING_KINDS: ReadonlySet<string> = new Set(['Job', 'CronJob']);

export function endsByItself({ kind }: Pick<ConsumerRef, 'kind'>): boolean {
  return ENDING_KINDS.has(kind);
}

export function isSameConsumer(a: ConsumerRef, b: ConsumerRef): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

/** Whether the catalogue says that this consumer is known and may be left behind. */
export function isAccepted({ leftBehind = [] }: Component, consumer: ConsumerRef): boolean {
  return leftBehind.some((one) => isSameConsumer(one, consumer));
}

/** Whether the catalogue says that this consumer names the role nowhere outside of the Secrets that change. */
export function namesNoUser({ namesNoUser: answered = [] }: Component, consumer: ConsumerRef): boolean {
  return answered.some((one) => isSameConsumer(one, consumer));
}

/** Whether the catalogue has the consumer's pods deleted. Nobody would make a bare pod again. */
export function isRestartedByPods({ restartPods = [] }: Component, consumer: ConsumerRef): boolean {
  return consumer.kind !== 'Pod' && restartPods.some((one) => isSameConsumer(one, consumer));
}

/** The consumer to which a pod belongs: its owner, or the pod itself where nobody makes it again. */
export function consumerOf(
  namespace: string,
  { name, owner = { kind: 'Pod', name } }: Pick<ReadingPod, 'name' | 'owner'>,
): ConsumerRef {
  return { kind: owner.kind, namespace, name: owner.name };
}

/**
 * The consumers of one namespace, each with its treatment.
 * @param restarted the workloads that the rotation restarts.
 */
export function consumersOf(
  component: Component,
  namespace: string,
  pods: readonly ReadingPod[],
  restarted: readonly (ConsumerRef & Pick<Consumer, 'secrets'>)[],
): readonly Consumer[] {
  const workloads = restarted.filter((workload) => workload.namespace === namespace);
  const consumers = new Map<string, Consumer>(
    workloads.map(({ kind, name, secrets }) => {
      const consumer = { kind, namespace, name, secrets, pods: [], treatment: 'restarted' } as const;
      return [idOf(consumer), consumer];
    }),
  );
  for (const pod of pods) {
    const ref = consumerOf(namespace, pod);
    const known = consumers.get(idOf(ref)) ?? { ...ref, secrets: [], pods: [], ...treatmentOf(component, ref) };
    consumers.set(idOf(ref), {
      ...known,
      secrets: [...new Set([...known.secrets, ...pod.secrets])],
      pods: [...known.pods, pod.name],
    });
  }
  return [...consumers.values()];
}

function treatmentOf(component: Component, ref: ConsumerRef): Pick<Consumer, 'treatment' | 'accepted'> {
  if (isRestartedByPods(component, ref)) return { treatment: 'restarted' };
  if (isAccepted(component, ref)) return { treatment: 'told', accepted: true };
  const waits = endsByItself(ref) && waitForJobsSeconds(component) > 0;
  return { treatment: waits ? 'waited for' : 'told' };
}

function idOf({ kind, namespace, name }: ConsumerRef): string {
  return `${namespace}/${kind}/${name}`;
}
