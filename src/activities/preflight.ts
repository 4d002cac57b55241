import { log } from '@temporalio/activity';
import { RotationError } from '../domain/failures.ts';
import { blocks, describeFinding, judgePreflight } from '../domain/preflight/index.ts';
import type { Dependencies } from './dependencies.ts';
import { gatherFacts, secretsOf } from './gather-facts.ts';
import type { PreflightResult } from './types.ts';

/** Running it twice is safe: it only reads. */
export async function preflight(deps: Dependencies, input: { readonly component: string }): Promise<PreflightResult> {
  const component = deps.findComponent(input.component);
  const facts = await gatherFacts(deps, component);
  const findings = judgePreflight(facts);
  const blocking = findings.filter(blocks);
  const [first] = blocking;
  if (first !== undefined) throw new RotationError(first.type, blocking.map(describeFinding).join(' '));
  const warnings = findings.map(describeFinding);
  for (const warning of warnings) log.warn(warning);
  return {
    component,
    secrets: secretsOf(facts),
    workloads: facts.workloads.map(({ kind, name, secrets }) => ({ kind, name, secrets })),
    warnings,
  };
}
