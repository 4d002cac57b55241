import { roleSecrets, type AdoptionNames } from '../../domain/adopt/index.ts';
import { objectName, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { Dependencies } from '../dependencies.ts';
import { awaitCnpg } from '../proof/await-cnpg.ts';
import type { StepClock } from '../proof/step-clock.ts';

/**
 * Waits until a look at CNPG's objects shows the wanted state of the roles.
 * @param look returns why the wait must go on, or undefined when the wanted state is there.
 * @throws RotationError `RoleNotMade` when the budget is spent.
 */
export async function awaitCluster(
  deps: Dependencies,
  { component, names }: { readonly component: Component; readonly names: AdoptionNames },
  clock: StepClock,
  look: () => Promise<string | undefined>,
): Promise<void> {
  const roles = roleSecrets(names).map(({ role }) => role);
  const { seen } = await awaitCnpg<undefined>(deps, component, roles, clock, async () => {
    const missing = await look();
    return missing === undefined ? { done: true, result: undefined } : { done: false, missing };
  });
  if (seen.done) return;
  throw new RotationError(
    'RoleNotMade',
    `CNPG did not make the roles of ${objectName('Cluster', component.namespace, component.cluster)} as declared within the budget: ${seen.missing}.`,
  );
}
