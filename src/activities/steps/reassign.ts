import { SESSIONS_AGAIN_MS } from '../../domain/budgets.ts';
import { RotationError } from '../../domain/failures.ts';
import { givesBack } from '../../domain/ownership.ts';
import type { StagedLogin } from '../../domain/rotation/handover.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { GivenBack } from '../../postgres/give-back.ts';
import type { Dependencies } from '../dependencies.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import { credentialOf, readStaging, type Staging } from '../staging/staging.ts';
import type { ReassignInput, ReassignResult } from '../types/index.ts';

/** So many names go into the report. */
const MOST_NAMES = 5;

/**
 * Gives what the login roles own to the owner, as the roles themselves. Both can log in, and both have the owner's
 * rights, so nobody loses access.
 * Running it twice is safe: the second run finds what the first one left.
 */
export async function reassign(
  deps: Dependencies,
  { rotation, reassign: { logins } }: ReassignInput,
  clock: StepClock,
): Promise<ReassignResult> {
  const staging = await readStaging(deps, rotation);
  const given: string[] = [];
  const seen = await until<true, readonly string[]>(deps, {
    clock,
    watched: [],
    look: async () => {
      const one = await giveBackOnce(deps, rotation, staging, logins);
      given.push(...one.given);
      const { untried = 0 } = one;
      if (one.kept.length === 0 && untried === 0) return { done: true, result: true };
      // Thousands of objects take longer than the budget.
      if (one.given.length > 0 && untried > 0) clock.progressed();
      const rest = untried > 0 ? [`${untried} objects that were not tried yet`] : [];
      return { done: false, missing: [...one.kept, ...rest], lookAgainMs: SESSIONS_AGAIN_MS };
    },
  });
  if (seen.done) return toResult(given);
  throw new RotationError(
    'ObjectsKept',
    `PostgreSQL did not let ${logins.map(({ role }) => `"${role}"`).join(' and ')} give to "${rotation.component.alternating.owner}": ${firstOf(seen.missing)}. SQLSTATE 55P03 means that somebody uses the object for long.`,
  );
}

/** Each login role gives once what it owns. A role that PostgreSQL refuses gives nothing. */
export async function giveBackOnce(
  deps: Dependencies,
  { component }: Pick<RotationRef, 'component'>,
  staging: Staging,
  logins: readonly StagedLogin[],
): Promise<GivenBack> {
  const roles = component.alternating.logins.map(({ role }) => role);
  // In an adoption one of the two is the owner.
  const giving = givesBack(component) ? logins.filter(({ role }) => roles.includes(role)) : [];
  const all = await Promise.all(giving.map((login) => deps.giveBack(component, credentialOf(staging, login))));
  const done = all.filter((one) => one !== undefined);
  return {
    given: done.flatMap((one) => one.given),
    kept: done.flatMap((one) => one.kept),
    untried: done.reduce((sum, one) => sum + (one.untried ?? 0), 0),
  };
}

export function toResult(given: readonly string[]): ReassignResult {
  return { given: given.slice(0, MOST_NAMES), objects: given.length };
}

function firstOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
