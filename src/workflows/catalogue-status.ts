import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/types/index.ts';
import { DIAGNOSES_AT_ONCE, DIAGNOSIS_OPTIONS } from '../domain/budgets.ts';
import type { ComponentState } from '../domain/status.ts';
import { toCause } from './cause.ts';

const { readState, listComponents } = proxyActivities<Activities>(DIAGNOSIS_OPTIONS);

/** What a person asks for; every component of the catalogue where none is named. */
export interface CatalogueStatusInput {
  readonly components?: readonly string[];
}

/** The state of some components, or of the whole catalogue. Changes nothing; no component's failure stops the others. */
export async function catalogueStatus({ components }: CatalogueStatusInput = {}): Promise<readonly ComponentState[]> {
  const names = components ?? (await listComponents());
  const states: ComponentState[] = [];
  for (let first = 0; first < names.length; first += DIAGNOSES_AT_ONCE)
    states.push(...(await Promise.all(names.slice(first, first + DIAGNOSES_AT_ONCE).map(readOne))));
  return states;
}

async function readOne(component: string): Promise<ComponentState> {
  try {
    return await readState({ component });
  } catch (error) {
    const unknown = { namespace: '', cluster: '', strategy: 'in-place' } as const;
    return { component, ...unknown, failure: toCause(error) };
  }
}
