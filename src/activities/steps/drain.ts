import { SESSIONS_AGAIN_MS } from '../../domain/budgets.ts';
import { secretAt, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { SessionQuery, Sessions } from '../../postgres/sessions.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from '../gather/look-up.ts';
import { proveNewPods } from '../proof/prove-new-pods.ts';
import { poolerAddresses } from '../proof/prove-poolers.ts';
import { refusedSecret, trySecrets, wasRefusedBefore } from '../proof/prove-secrets.ts';
import { credentialOf, passwordsIn, readStaging, stagedSide, type Staging } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import { until } from '../proof/until.ts';
import type { DrainInput, DrainResult } from '../types/index.ts';
import { giveBackOnce, toResult } from './reassign.ts';

/**
 * Proves first that nobody is locked out when the old role is retired: the logins of the application's Secrets are made as
 * its pods make them, and PostgreSQL does not refuse the pods that the restart made. Both are proven here, because from
 * here the way back still locks nobody out.
 * Then waits until the pods that used the old role are gone, and their sessions with them. When the budget is spent, left
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
  const warnings = await proveMoved(deps, input, staging, clock);
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
    ...(warnings.length > 0 && { warnings }),
    ownAddresses: [...deps.ownAddresses()],
  };
}

/**
 * Both roles can log in, so a login of a Secret that is refused is the Secret's own matter, or was refused before too.
 * @returns what could not be proven.
 */
async function proveMoved(
  deps: Dependencies,
  { rotation, drain: roles, secrets = [], restarted }: DrainInput,
  staging: Staging,
  clock: StepClock,
): Promise<readonly string[]> {
  const { component } = rotation;
  const { successor, old } = roles;
  const { password } = credentialOf(staging, successor);
  const { refused, noDatabase } = await trySecrets(deps, rotation, secrets, { role: successor.role, password });
  const warnings = [...noDatabase];
  for (const one of refused) {
    const said = refusedSecret(component, one);
    const before = { role: old.role, password: credentialOf(staging, old).password };
    const live = await deps.secrets.find(...placeOf(component, one.secret));
    const data = { ...live?.data, ...stagedSide(staging, one.secret, old.password) };
    if (!(await wasRefusedBefore(deps, rotation, one, { ...before, data })))
      throw new RotationError('NewPasswordRefused', said);
    warnings.push(`${said} It was refused before the rotation too.`);
  }
  if (restarted === undefined) return warnings;
  return [...warnings, ...(await proveNewPods(deps, { rotation, drain: roles, restarted }, staging, clock))];
}

function placeOf(component: Component, secret: string): readonly [namespace: string, name: string] {
  const { namespace, name } = secretAt(component, secret);
  return [namespace, name];
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
