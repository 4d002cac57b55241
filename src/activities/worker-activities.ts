import type { WorkerActivities } from './types.ts';

/** What a worker found at its start. */
export interface WorkerFacts {
  readonly componentNames: readonly string[];
  readonly searchAttributesAvailable: boolean;
}

/** Running them twice is safe: they return what the worker knows. */
export function createWorkerActivities({ componentNames, searchAttributesAvailable }: WorkerFacts): WorkerActivities {
  return {
    listComponents: () => Promise.resolve(componentNames),
    searchAttributesAvailable: () => Promise.resolve(searchAttributesAvailable),
  };
}
