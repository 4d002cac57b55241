import { refIn, secretsIn, type Component } from '../../domain/component.ts';
import type { PreflightFacts } from '../../domain/preflight/index.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ApiObjects } from './api-objects.ts';
import { orUnknown } from './look-up.ts';
import { viewOfReloaders, type findReloaders } from './reloaders.ts';

/** The workloads of every namespace that read any of the Secrets, and what Reloader does with them. */
export async function findReaders(
  deps: Dependencies,
  { workloads, secrets }: ApiObjects,
  component: Component,
  changing: readonly string[],
  reloaders: ReturnType<typeof findReloaders>,
): Promise<PreflightFacts['workloads']> {
  const found = await Promise.all(
    [...workloads].map(async ([namespace, list]) => {
      const names = secretsIn(component, changing, namespace);
      const live = await Promise.all(names.map((name) => secrets.find(namespace, name)));
      const view = await viewOfReloaders(deps, await reloaders, namespace, live);
      return Promise.all(
        list.reading(names, view).map(async (one) => {
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
