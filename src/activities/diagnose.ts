import type { Diagnosis } from '../domain/diagnosis.ts';
import { judgePreflight } from '../domain/preflight/index.ts';
import { toRotationPlan } from '../domain/rotation-plan.ts';
import type { Dependencies } from './dependencies.ts';
import { gatherFacts } from './gather-facts.ts';
import { resolveComponent } from './resolve-component.ts';
import { tellMissingRights } from './rehearse.ts';
import type { ComponentInput } from './types.ts';

/** Running it twice is safe: it only reads. */
export async function diagnose(deps: Dependencies, input: ComponentInput): Promise<Diagnosis> {
  const component = resolveComponent(deps, input);
  const facts = await tellMissingRights(deps, component, gatherFacts(deps, component));
  return {
    component: component.name,
    where: component,
    findings: judgePreflight(facts),
    plan: toRotationPlan(facts),
    checkedAt: facts.now.toISOString(),
    ownAddresses: [...deps.ownAddresses()],
  };
}
