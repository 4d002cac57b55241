import { refIn, secretsIn, type Component } from '../../domain/component.ts';
import type { PreflightFacts } from '../../domain/preflight/index.ts';
import type { ApiObjects } from './api-objects.ts';
import { orUnknown } from './look-up.ts';
import type { ReloaderViews } from './reloaders.ts';

/** The workloads of every namespace that read any of the Secrets, and what Reloader does with them. */
export async function findReaders(
  { workloads }: Pick<ApiObjects, 'workloads'>,
  component: Component,
  changing: readonly string[],
  views: ReloaderViews,
): Promise<PreflightFacts['workloads']> {
  const found = await Promise.all(
    [...workloads].map(async ([namespace, list]) => {
      const names = secretsIn(component, changing, namespace);
      return Promise.all(
        list.reading(names, views.get(namespace)).map(async (one) => {
          const named = one.secrets.map((name) => refIn(component, { namespace, name }));
          const workload = { ...one, secrets: named };
          const pods = await orUnknown(list.podsNow(workload));
          if (pods === 'unknown') return workload;
          const { ready: readyPods, oldestStartedAt } = pods;
          const started = oldestStartedAt && { oldestPodStartedAt: oldestStartedAt.toISOString() };
          return { ...workload, readyPods, ...started };
        }),
      );
    }),
  );
  return found.flat();
}
