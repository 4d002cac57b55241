import type { Component } from '../../domain/component.ts';
import type { Credential, Password } from '../../domain/password.ts';
import { isVerifier, loginCandidates, type PasswordAt, type SecretWorld } from '../../domain/secret-plan/index.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from './look-up.ts';

/** How many texts of other Secrets are tried as the role's password. */
const LOGINS_TRIED = 5;

export interface FoundPassword {
  /** Undefined where CNPG's own Secret holds a verifier, and PostgreSQL accepts no text of another Secret. */
  readonly current: Password | undefined;
  /** Other passwords that PostgreSQL accepts too. */
  readonly accepted: readonly Password[];
  /** The place from which the current password is read when the Secrets change. */
  readonly passwordAt: PasswordAt;
}

/** The current password: CNPG's own Secret holds it or, where that is a verifier, PostgreSQL accepts it. */
export async function findPassword(deps: Dependencies, world: SecretWorld, held: Password): Promise<FoundPassword> {
  const { component, user } = world;
  const candidates = loginCandidates(world).filter(
    ({ password }) => !password.equals(held) && !isVerifier(password.reveal()),
  );
  const texts = new Map(candidates.map((one) => [one.password.reveal(), one]));
  const tried = await Promise.all(
    [...texts.values()].slice(0, LOGINS_TRIED).map(async (one) => ({
      one,
      accepted: await accepts(deps, component, { username: user, password: one.password }),
    })),
  );
  const working = tried.filter(({ accepted }) => accepted).map(({ one }) => one);
  const accepted = working.map(({ password }) => password);
  const [first] = working;
  const own: PasswordAt = { secret: component.secret, key: 'password', within: '' };
  if (!isVerifier(held.reveal())) return { current: held, accepted, passwordAt: own };
  if (first === undefined) return { current: undefined, accepted: [], passwordAt: own };
  const { key, within } = first.place;
  return { current: first.password, accepted, passwordAt: { secret: first.secret, key, within } };
}

/** A credential that cannot be tried counts as not accepted. */
async function accepts(deps: Dependencies, component: Component, credential: Credential): Promise<boolean> {
  const outcome = await orUnknown(deps.login(component, credential));
  return outcome !== 'unknown' && outcome.accepted;
}
