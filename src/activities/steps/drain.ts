import { SESSIONS_AGAIN_MS } from '../../domain/budgets.ts';
import { RotationError } from '../../domain/failures.ts';
import { roleOf } from '../../domain/rotation/turn.ts';
import type { Sessions } from '../../postgres/sessions.ts';
import type { Dependencies } from '../dependencies.ts';
import { fromHere } from '../proof/from-here.ts';
import { credentialOf, otherTarget, readStaging, type Staging } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import type { DrainInput, DrainResult } from '../types.ts';

/**
 * The pods that used the other role are gone, and their sessions with them. Whoever still has one when the budget is
 * spent is told of, or ended, and stops nothing: to wait longer would keep the old password valid for somebody unknown.
 * Running it twice is safe: it reads; sessions can be ended twice.
 */
export async function drain(deps: Dependencies, input: DrainInput, clock: StepClock): Promise<DrainResult> {
  const { rotation, target, endOldSessions } = input;
  const role = roleOf(rotation, otherTarget(target));
  const staging = await readStaging(deps, rotation);
  const seen = await until<Sessions, Sessions>(deps, {
    clock,
    watched: [],
    look: async () => {
      const sessions = await look(deps, input, staging, false);
      return sessions.found === 0
        ? { done: true, result: sessions }
        : { done: false, missing: sessions, lookAgainMs: SESSIONS_AGAIN_MS };
    },
  });
  const left = seen.done ? seen.result : seen.missing;
  const { found, ended, clients } = seen.done || !endOldSessions ? left : await look(deps, input, staging, true);
  return { role, left: found - ended, ended, clients: found === ended ? [] : clients, ...fromHere(deps) };
}

/** By the role's own credential, which works until it is retired; where it does not, they can be counted at least. */
async function look(
  deps: Dependencies,
  { rotation, target }: DrainInput,
  staging: Staging,
  end: boolean,
): Promise<Sessions> {
  const other = credentialOf(rotation, staging, otherTarget(target));
  const query = { role: other.username, end };
  const { component } = rotation;
  const seen =
    (await deps.sessions(component, other, query)) ??
    (await deps.sessions(component, credentialOf(rotation, staging, target), { ...query, end: false }));
  if (seen !== undefined) return seen;
  throw new RotationError(
    'NewPasswordRefused',
    `PostgreSQL refuses both login roles of ${component.name} that rotation ${rotation.id} let in.`,
  );
}
