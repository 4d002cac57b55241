import type { Diagnosis } from '../domain/diagnosis.ts';
import { judgePreflight } from '../domain/preflight/index.ts';
import type { Dependencies } from './dependencies.ts';
import { gatherFacts } from './gather-facts.ts';

/** Running it twice is safe: it only reads. */
export async function diagnose(deps: Dependencies, input: { readonly component: string }): Promise<Diagnosis> {
  const component = deps.findComponent(input.component);
  const facts = await gatherFacts(deps, component);
  return {
    component: component.name,
    where: component,
    findings: judgePreflight(facts),
    checkedAt: facts.now.toISOString(),
  };
}
