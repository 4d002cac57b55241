import { namedSecrets } from '../component.ts';
import { MANAGED_BY, PRODUCT } from '../marks.ts';
import type { Password } from '../password.ts';
import { MACHINE_TYPES, textsOf } from '../secrets/secret-data.ts';
import { readLogins, type Place, type Reading, type Texts } from '../secrets/index.ts';
import { answerFor, type Answer } from './answers.ts';
import { isTheRoles, judgeWhose } from './judge-login.ts';
import { toPlace } from './plan.ts';
import { namespaceOf, type CandidateSecret, type SecretWorld } from './world.ts';

/** A password of the role in some Secret, for a login attempt where CNPG's own Secret shows no valid password. */
export interface LoginCandidate {
  readonly secret: string;
  readonly place: Place;
  readonly password: Password;
}

/** The known facts about the role's current password. */
export interface Known {
  /** The text in CNPG's Secret: the password itself, or a verifier. */
  readonly held: Password;
  /** The password that PostgreSQL accepts, or the text in CNPG's Secret where nobody could try a login. */
  readonly current: Password;
  /** Other texts that PostgreSQL accepted for the role. */
  readonly accepted: readonly Password[];
}

/** A Secret as it was read. */
export interface Read {
  readonly secret: CandidateSecret;
  readonly texts: Texts;
  readonly reading: Reading;
  readonly answer: Answer;
}

/** Every text of the namespace with evidence that it is the role's password. CNPG's own Secret comes first. */
export function loginCandidates(world: SecretWorld): readonly LoginCandidate[] {
  return readAll(world).flatMap(({ secret, reading }) =>
    reading.logins.flatMap((login): LoginCandidate[] => {
      const { password } = login;
      if (password === undefined || !isTheRoles(judgeWhose(login, world, namespaceOf(world, secret)))) return [];
      return [{ secret: secret.name, place: toPlace(password), password: password.password }];
    }),
  );
}

/** The Secrets that may hold an application's password: first the main one, then those that the catalogue names. */
export function readAll({ component, secrets, ofOtherRoles }: SecretWorld): readonly Read[] {
  const order = [component.secret, ...namedSecrets(component).map(({ name }) => name)];
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
