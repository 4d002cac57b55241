import { ApiException, type V1Pod } from '@kubernetes/client-node';
import type { Component } from '../../src/domain/component.ts';
import type { KubernetesObjects } from './kubernetes-objects.ts';
import type { ApplicationPod } from './objects.ts';

/** The kubelet's words in the place of the log of a pod that is being removed. */
const LOG_IS_GONE = /^failed to try resolving symlinks in path.*$/gm;

/** Pods of the application that stay, with the last line that each printed. */
export async function applicationPods(
  objects: KubernetesObjects,
  component: Component,
): Promise<readonly ApplicationPod[]> {
  // A pod that ends gets no requests any more, and one that has ended is listed until the kubelet has cleaned up after it.
  const alive = (await podsOf(objects, component)).filter(
    ({ metadata, status: now }) =>
      metadata?.deletionTimestamp === undefined && !/^(Succeeded|Failed)$/.test(now?.phase ?? ''),
  );
  return Promise.all(
    alive.map(async (pod) => {
      const { metadata, status: now } = pod;
      const ready = now?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
      const lastLine = (await logOf(objects, pod, { tailLines: 1 }).catch(() => '')).trim();
      return { name: metadata?.name ?? '', uid: metadata?.uid ?? '', ready, lastLine };
    }),
  );
}

/** All that the application has printed, in every pod that is there. @throws when one of them may not be read. */
export async function applicationLogs(objects: KubernetesObjects, component: Component): Promise<string> {
  const pods = await podsOf(objects, component);
  const orGone = (error: unknown): string => {
    if (error instanceof ApiException && error.code === 404) return '';
    throw error;
  };
  return (await Promise.all(pods.map((pod) => logOf(objects, pod).catch(orGone)))).join('\n');
}

/** What the application's pods printed lately, each line with its pod. */
export async function applicationLines(
  objects: KubernetesObjects,
  component: Component,
  sinceSeconds: number,
): Promise<readonly string[]> {
  const pods = await podsOf(objects, component);
  const logs = await Promise.all(
    pods.map(async (pod) =>
      // A pod that is gone meanwhile, or has not begun, has printed nothing.
      (await logOf(objects, pod, { sinceSeconds }).catch(() => ''))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => `${pod.metadata?.name ?? ''} ${line}`),
    ),
  );
  return logs.flat();
}

async function podsOf(objects: KubernetesObjects, { namespace, name }: Component): Promise<readonly V1Pod[]> {
  const labelSelector = await objects.podSelector(namespace, name);
  return (await objects.core.listNamespacedPod({ namespace, labelSelector })).items;
}

async function logOf(
  objects: KubernetesObjects,
  { metadata }: V1Pod,
  which: { tailLines?: number; sinceSeconds?: number } = {},
): Promise<string> {
  const { namespace = '', name = '' } = metadata ?? {};
  const log = await objects.core.readNamespacedPodLog({ namespace, name, ...which });
  return log.replaceAll(LOG_IS_GONE, '');
}
