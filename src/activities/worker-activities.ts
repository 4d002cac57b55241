import { BUDGET_SECONDS } from '../domain/budgets.ts';
import { readComponentState } from './gather/component-state.ts';
import type { Dependencies } from './dependencies.ts';
import { guard } from './guard.ts';
import type { WorkerActivities } from './types/index.ts';

/** What a worker found at its start. */
export interface WorkerFacts {
  readonly componentNames: readonly string[];
  readonly searchAttributesAvailable: boolean;
}

/** Running them twice is safe: they return what the worker knows, or read Secrets. */
export function createWorkerActivities(
  deps: Dependencies,
  { componentNames, searchAttributesAvailable }: WorkerFacts,
): WorkerActivities {
  return {
    listComponents: () => Promise.resolve(componentNames),
    searchAttributesAvailable: () => Promise.resolve(searchAttributesAvailable),
    readState: ({ component }) =>
      guard(BUDGET_SECONDS.preflight, () => readComponentState(deps, deps.findComponent(component))),
  };
}
