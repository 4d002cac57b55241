import type { V1CronJob, V1Job } from '@kubernetes/client-node';
import type { ContainerTexts } from '../domain/consumers/texts.ts';
import { containerTexts } from './container-texts.ts';
import type { KubernetesConnection } from './connection.ts';
import { isForbidden } from './errors.ts';
import { ownerOf, type Owned } from './pod-owners.ts';
import { readsSecret } from './pod-spec.ts';
import { reloaderStarts, type ReloaderView } from '../domain/reloader/index.ts';
import type { ConsumerRef } from '../domain/component.ts';

/** The Jobs and CronJobs of a namespace. */
export interface ListedJobs {
  readonly jobs: readonly V1Job[];
  readonly cronJobs: readonly V1CronJob[];
  /** Kinds that may not be listed. */
  readonly hidden: readonly ('Job' | 'CronJob')[];
}

export async function listJobs(connection: KubernetesConnection, namespace: string): Promise<ListedJobs> {
  const [jobs, cronJobs] = await Promise.all([
    connection.call<{ items: V1Job[] } | 'forbidden'>(
      `list the Jobs of namespace ${namespace}`,
      (options) => connection.batch.listNamespacedJob({ namespace }, options),
      (error) => (isForbidden(error) ? 'forbidden' : undefined),
    ),
    connection.call<{ items: V1CronJob[] } | 'forbidden'>(
      `list the CronJobs of namespace ${namespace}`,
      (options) => connection.batch.listNamespacedCronJob({ namespace }, options),
      (error) => (isForbidden(error) ? 'forbidden' : undefined),
    ),
  ]);
  return {
    jobs: jobs === 'forbidden' ? [] : jobs.items,
    cronJobs: cronJobs === 'forbidden' ? [] : cronJobs.items,
    hidden: [
      ...(jobs === 'forbidden' ? (['Job'] as const) : []),
      ...(cronJobs === 'forbidden' ? (['CronJob'] as const) : []),
    ],
  };
}

/** The texts of CronJobs, and of Jobs that have not ended and are no CronJob's. */
export function textsOfJobs(namespace: string, { jobs, cronJobs }: ListedJobs): readonly ContainerTexts[] {
  const ofJobs = jobs
    .filter((job) => !hasEnded(job) && ownerOf(job)?.kind !== 'CronJob')
    .map(({ metadata, spec }) => ({
      ref: { kind: 'Job', namespace, name: metadata?.name ?? '' },
      pod: spec?.template.spec,
      idle: spec?.suspend === true,
    }));
  const ofCronJobs = cronJobs.map(({ metadata, spec }) => ({
    ref: { kind: 'CronJob', namespace, name: metadata?.name ?? '' },
    pod: spec?.jobTemplate.spec?.template.spec,
    idle: spec?.suspend === true,
  }));
  return [...ofJobs, ...ofCronJobs].flatMap(({ ref, pod, idle }) =>
    pod === undefined ? [] : containerTexts(pod, ref, idle),
  );
}

/** The CronJobs from which Reloader starts a Job at once when one of the Secrets changes, and the Jobs it makes anew. */
export function startedByReloader(
  namespace: string,
  { jobs, cronJobs }: ListedJobs,
  secrets: readonly string[],
  view: ReloaderView,
): readonly ConsumerRef[] {
  const all = [
    ...cronJobs.map(({ metadata, spec }) => ({
      kind: 'CronJob' as const,
      metadata,
      template: spec?.jobTemplate.spec?.template,
    })),
    ...jobs
      .filter((job) => ownerOf(job)?.kind !== 'CronJob')
      .map(({ metadata, spec }) => ({ kind: 'Job' as const, metadata, template: spec?.template })),
  ];
  return all
    .filter(({ kind, metadata, template }) => {
      const podSpec = template?.spec;
      if (podSpec === undefined) return false;
      const annotations = metadata?.annotations ?? {};
      const job = { kind, namespace, annotations, templateAnnotations: template?.metadata?.annotations ?? {} };
      return secrets.some((secret) => readsSecret(podSpec, secret) && reloaderStarts(view, job, secret));
    })
    .map(({ kind, metadata }) => ({ kind, namespace, name: metadata?.name ?? '' }));
}

function hasEnded({ status }: V1Job): boolean {
  return (
    status?.conditions?.some(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True') ===
    true
  );
}

/** What stands between pods and the objects that make them. */
export function ownedOf(objects: readonly Owned[]): ReadonlyMap<string, Owned> {
  return new Map(
    objects.flatMap((object) => (object.metadata?.uid === undefined ? [] : [[object.metadata.uid, object] as const])),
  );
}
