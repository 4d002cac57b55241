import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/types/index.ts';
import { DIAGNOSES_AT_ONCE, DIAGNOSIS_OPTIONS } from '../domain/budgets.ts';
import type { CatalogueDiagnosis, Diagnosis, FailedDiagnosis } from '../domain/rotation/diagnosis.ts';
import {
  parseCheckCatalogueInput,
  parseCheckComponentInput,
  type CheckCatalogueInput,
  type CheckComponentInput,
} from '../domain/rotation/input.ts';
import { toCause } from './cause.ts';
import { asFailure } from './failure.ts';

const { diagnose, listComponents } = proxyActivities<Activities>(DIAGNOSIS_OPTIONS);

/** Looks at one component, and says what is wrong with it and how to mend it. Changes nothing; no finding fails it. */
export async function checkComponent(input: CheckComponentInput): Promise<Diagnosis> {
  return diagnose(asFailure(() => parseCheckComponentInput(input)));
}

/** Looks at some components, or the whole catalogue. A component that cannot be read does not stop the others. */
export async function checkCatalogue(input: CheckCatalogueInput): Promise<CatalogueDiagnosis> {
  const request = asFailure(() => parseCheckCatalogueInput(input));
  const names = request.components ?? (await listComponents());
  const components: (Diagnosis | FailedDiagnosis)[] = [];
  for (let first = 0; first < names.length; first += DIAGNOSES_AT_ONCE) {
    components.push(
      ...(await Promise.all(
        names.slice(first, first + DIAGNOSES_AT_ONCE).map((name) => checkOne(name, request.strict)),
      )),
    );
  }
  return { components };
}

async function checkOne(component: string, strict: boolean | undefined): Promise<Diagnosis | FailedDiagnosis> {
  try {
    return await diagnose({ component, ...(strict !== undefined && { strict }) });
  } catch (error) {
    return { component, failure: toCause(error) };
  }
}
