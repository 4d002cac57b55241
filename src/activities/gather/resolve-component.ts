import { alternatingProblems, alternatingSourceProblem } from '../../domain/alternating-names.ts';
import type { Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ComponentInput } from '../types/index.ts';

/**
 * The component of the catalogue, with what the input says instead.
 * @throws RotationError `ComponentUnknown`; `InvalidConfiguration` when its names cannot serve for alternating roles.
 */
export function resolveComponent(
  deps: Dependencies,
  { component: name, strategy, strict, watchSeconds, waitForJobsSeconds }: ComponentInput,
): Component {
  const found = deps.findComponent(name);
  const component = {
    ...found,
    strategy: strategy ?? found.strategy,
    ...(strict !== undefined && { strict }),
    ...(watchSeconds !== undefined && { watchSeconds }),
    ...(waitForJobsSeconds !== undefined && { waitForJobsSeconds }),
  };
  if (component.strategy !== 'alternating') return component;
  const ofSource = alternatingSourceProblem(component);
  if (ofSource !== undefined) {
    throw new RotationError(
      'InvalidConfiguration',
      `The source of component "${name}" in the catalogue: ${ofSource}. Or rotate it in place.`,
    );
  }
  const problems = alternatingProblems(component);
  if (problems.length === 0) return component;
  throw new RotationError(
    'InvalidConfiguration',
    `Component "${name}" cannot be rotated with alternating roles: ${problems.join('; ')}. Name other ones as "alternating" in the catalogue.`,
  );
}
