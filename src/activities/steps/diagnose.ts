import type { Diagnosis } from '../../domain/rotation/diagnosis.ts';
import { judgePreflight } from '../../domain/preflight/index.ts';
import { toRotationPlan } from '../../domain/rotation/rotation-plan.ts';
import type { Dependencies } from '../dependencies.ts';
import { tellMissingRights } from '../gather/missing-rights.ts';
import { resolveComponent } from '../gather/resolve-component.ts';
import { readSituation } from '../gather/situation.ts';
import type { ComponentInput } from '../types/index.ts';

/** Running it twice is safe: it only reads. */
export async function diagnose(deps: Dependencies, input: ComponentInput): Promise<Diagnosis> {
  const component = resolveComponent(deps, input);
  const { facts } = await tellMissingRights(
    deps,
    component,
    readSituation(deps, component, { rotation: input.rotation }),
  );
  return {
    component: component.name,
    where: component,
    findings: judgePreflight(facts),
    plan: toRotationPlan(facts),
    ...(facts.clients !== 'unknown' && { clients: facts.clients.clients }),
    checkedAt: facts.now.toISOString(),
    ownAddresses: [...deps.ownAddresses()],
  };
}
