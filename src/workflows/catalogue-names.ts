import { proxyActivities } from '@temporalio/workflow';
import type { WorkerActivities } from '../activities/types/index.ts';
import { LIST_COMPONENTS } from '../domain/budgets.ts';

const { listComponents } = proxyActivities<WorkerActivities>(LIST_COMPONENTS);

/** The names in the worker's catalogue. A command asks for them before it starts anything of that name. */
export async function catalogueNames(): Promise<readonly string[]> {
  return listComponents();
}
