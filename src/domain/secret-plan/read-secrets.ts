import { MANAGED_BY, PRODUCT } from '../marks.ts';
import type { Password } from '../password.ts';
import { MACHINE_TYPES, textsOf } from '../secrets/secret-data.ts';
import { readLogins, type Place, type Reading, type Texts } from '../secrets/index.ts';
import { answerFor, type Answer } from './answers.ts';
import { isTheRoles, judgeWhose } from './judge-login.ts';
import { toPlace } from './plan.ts';
import type { CandidateSecret, SecretWorld } from './world.ts';

/** A password of the role as somebody holds it, to be tried where CNPG's own Secret does not show one. */
export interface LoginCandidate {
  readonly secret: string;
  readonly place: Place;
  readonly password: Password;
}

/** What is known of the role's password now. */
export interface Known {
  /** What CNPG's Secret holds: the password itself, or a verifier. */
  readonly held: Password;
  /** What PostgreSQL accepts, or what CNPG's Secret holds where that could not be tried. */
  readonly current: Password;
  /** Texts that PostgreSQL accepted for the role, besides. */
  readonly accepted: readonly Password[];
}

/** A Secret as it was read. */
export interface Read {
  readonly secret: CandidateSecret;
  readonly texts: Texts;
  readonly reading: Reading;
  readonly answer: Answer;
}

/** Every text of the namespace that is shown to be a password of the role, CNPG's own Secret first. */
export function loginCandidates(world: SecretWorld): readonly LoginCandidate[] {
  return readAll(world).flatMap(({ secret, reading }) =>
    reading.logins.flatMap((login): LoginCandidate[] => {
      const { password } = login;
      if (password === undefined || !isTheRoles(judgeWhose(login, world))) return [];
      return [{ secret: secret.name, place: toPlace(password), password: password.password }];
    }),
  );
}

/** Those that may hold an application's password; the main one first, then those that the catalogue names. */
export function readAll({ component, secrets, ofOtherRoles }: SecretWorld): readonly Read[] {
  const order = [component.secret, ...component.otherSecrets.map(({ name }) => name)];
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return secrets
    .filter(({ type, labels }) => !MACHINE_TYPES.includes(type) && labels[MANAGED_BY] !== PRODUCT)
    .map((secret) => {
      const texts = textsOf(secret.data);
      const answer = answerFor(component, secret.name, ofOtherRoles);
      return { secret, texts, answer, reading: readLogins(texts, answer.templates) };
    })
    .sort((a, b) => rank(a.secret.name) - rank(b.secret.name) || a.secret.name.localeCompare(b.secret.name));
}
