import { SESSIONS_AGAIN_MS } from '../../domain/budgets.ts';
import { RotationError } from '../../domain/failures.ts';
import type { SessionQuery, Sessions } from '../../postgres/sessions.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from '../gather/look-up.ts';
import { poolerAddresses } from '../proof/prove-poolers.ts';
import { credentialOf, passwordsIn, readStaging, type Staging } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import type { DrainInput, DrainResult } from '../types.ts';
import { giveBackOnce, toResult } from './reassign.ts';

/**
 * Waits until the pods that used the old role are gone, and their sessions with them. When the budget is spent, left
 * sessions are reported or ended, and stop nothing: a longer wait keeps the old password valid for somebody unknown.
 * Idle connections of a PgBouncer are not waited for: PgBouncer keeps them for minutes after their last client.
 * Then both roles give what they own to the owner: the old role can log in for the last time. A failure of that stops
 * nothing, because `verify` looks again.
 * Running it twice is safe: it reads; sessions can be ended twice, and nothing is left to give.
 */
export async function drain(deps: Dependencies, input: DrainInput, clock: StepClock): Promise<DrainResult> {
  const { rotation, drain: roles, endOldSessions } = input;
  const { role } = roles.old;
  const staging = await readStaging(deps, rotation);
  const poolers = await poolerAddresses(deps, rotation);
  const seen = await until<Sessions, Sessions>(deps, {
    clock,
    watched: [],
    look: async () => {
      const sessions = await look(deps, input, staging, { end: false, notIdleFrom: poolers });
      return sessions.found === 0
        ? { done: true, result: sessions }
        : { done: false, missing: sessions, lookAgainMs: SESSIONS_AGAIN_MS };
    },
  });
  const waited = seen.done ? seen.result : seen.missing;
  const isAll = poolers.length === 0 && (seen.done || !endOldSessions);
  const { found, ended, clients, byClient } = isAll
    ? waited
    : await look(deps, input, staging, { end: endOldSessions });
  const objects = await orUnknown(giveBackOnce(deps, rotation, staging, [roles.old, roles.successor]));
  const kept = byClient.filter(({ address = '' }) => poolers.includes(address));
  return {
    role,
    left: found - ended,
    ended,
    clients: found === ended ? [] : clients,
    sessions: byClient,
    ...(kept.length > 0 && { keptByPoolers: kept.reduce((sum, { sessions }) => sum + sessions, 0) }),
    ...(objects !== 'unknown' &&
      objects.given.length + objects.kept.length > 0 && {
        reassigned: { ...toResult(objects.given), kept: toResult(objects.kept).given },
      }),
    ownAddresses: [...deps.ownAddresses()],
  };
}

/** Uses the old role's credential until that role is retired. Then the successor can at least count the sessions. */
async function look(
  deps: Dependencies,
  { rotation, drain: { old, successor } }: DrainInput,
  staging: Staging,
  how: Pick<SessionQuery, 'end' | 'notIdleFrom'>,
): Promise<Sessions> {
  const other = credentialOf(staging, old);
  const query = { role: other.username, ...how, hidden: passwordsIn(staging) };
  const { component } = rotation;
  const seen =
    (await deps.sessions(component, other, query)) ??
    (await deps.sessions(component, credentialOf(staging, successor), { ...query, end: false }));
  if (seen !== undefined) return seen;
  throw new RotationError(
    'PasswordRefused',
    `PostgreSQL refuses both login roles of ${component.name} that rotation ${rotation.id} let in.`,
  );
}
