import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { readSituation } from '../../../src/activities/gather/situation.ts';
import type { Component } from '../../../src/domain/component.ts';
import type { PreflightFacts } from '../../../src/domain/preflight/facts.ts';

/** What preflight judges of a component. */
export async function gatherFacts(deps: Dependencies, component: Component): Promise<PreflightFacts> {
  return (await readSituation(deps, component)).facts;
}
