import { secretAt, secretObject, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { Password } from '../../domain/password.ts';
import type { StagingPlan } from '../../domain/rotation/handover.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import { isRefused, passwordAtPlace, writePlaces } from '../../domain/secret-plan/index.ts';
import { scramVerifier } from '../../postgres/scram.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { generatePassword } from './generate-password.ts';
import type { StagedChange, StagedSecret } from './staging.ts';

/**
 * Both sides of every Secret that holds the password, and of the Secrets that only CNPG reads. Where CNPG generates the
 * new password, the previous side alone: of the keys that a new password will change.
 */
export async function planChange(
  deps: Dependencies,
  { component }: RotationRef,
  { usernames, places, passwordAt, verifiers, turn, isGenerated }: StagingPlan,
): Promise<StagedChange> {
  const live = await Promise.all(
    places.map(async (one) => ({ ...one, live: await find(deps, component, one.secret) })),
  );
  const now = live.find(({ secret }) => secret === passwordAt.secret)?.live;
  const previous = now && passwordAtPlace(now.data, component, passwordAt);
  if (previous === undefined) throw lost(component, passwordAt.secret);
  const from = { username: usernames.previous, password: previous };
  const to = { username: usernames.pending, password: generatePassword(component.password) };
  // One verifier for all Secrets: a pooler that passes the login on needs the verifier that PostgreSQL has.
  const verifier = scramVerifier(to.password);
  const applications = live.map(({ secret, places: wanted, live: found }) => {
    if (found === undefined) throw lost(component, secret);
    const writing = { component, secret, places: wanted, from, to, verifierOf: () => verifier };
    const pending = writePlaces(found.data, writing);
    if (isRefused(pending)) throw lost(component, secret, pending.refused);
    const before = Object.fromEntries(Object.entries(found.data).filter(([key]) => Object.hasOwn(pending, key)));
    return { name: secret, data: { previous: before, pending: isGenerated === true ? {} : pending } };
  });
  if (isGenerated === true) return { secrets: applications, passwords: { previous } };
  const logins = await Promise.all(
    verifiers.map(({ secret, of }) =>
      planVerifier(deps, component, secret, of === 'the new password' ? to.password : generatePassword()),
    ),
  );
  return {
    secrets: [...applications, ...logins],
    passwords: { previous, pending: to.password },
    ...(turn !== undefined && { turn }),
  };
}

/** The staged Secret gets no password: CNPG needs only the verifier. */
async function planVerifier(
  deps: Dependencies,
  component: Component,
  name: string,
  password: Password,
): Promise<StagedSecret> {
  const before = (await find(deps, component, name))?.data['password'];
  if (before === undefined) throw lost(component, name);
  const pending = { password: new TextEncoder().encode(scramVerifier(password)) };
  return { name, data: { previous: { password: before }, pending } };
}

function find(deps: Dependencies, component: Component, secret: string): Promise<LiveSecret | undefined> {
  const { namespace, name } = secretAt(component, secret);
  return deps.secrets.find(namespace, name);
}

function lost(
  component: Component,
  secret: string,
  because = 'the password stands no more where preflight saw it',
): RotationError {
  return new RotationError(
    'SecretChanged',
    `${secretObject(component, secret)} is not as it was in preflight: ${because}. No new password was set. Find out who changed the Secret, then start again.`,
  );
}
