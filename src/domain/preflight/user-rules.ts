import { objectName, secretAt, secretObject, type Component, type ConsumerRef } from '../component.ts';
import type { PasswordTaker } from '../consumers/password-takers.ts';
import type { UserElsewhere } from '../consumers/search-users.ts';
import { blocking, warning } from '../finding.ts';
import type { Rule } from './rule.ts';

/*
 * Rules about who takes the password from a Secret that changes, and the user's name from elsewhere. They matter where
 * another role takes over: in a turn of alternating roles, and in an adoption.
 */

export const usersStandInTheSecrets: Rule = ({ component, oldPodsLogIn, passwordTakers }) => {
  const bad = passwordTakers.filter((one) => oldPodsLogIn && one.used && !one.accepted && evident(one).length > 0);
  const [first] = bad;
  if (first === undefined) return undefined;
  return blocking(
    `These take the password from a Secret that changes, and the user's name from elsewhere: ${bad.map((one) => placesOf(one, evident(one))).join('; ')}. The user's name changes with the password, so their pods would be refused.`,
    `${mendOf(component, first)} ${answer(component, bad)}`,
  );
};

/** A container may read another format, or have the name in its image: nothing shows that it follows. */
export const containersTakeTheUser: Rule = ({ component, oldPodsLogIn, passwordTakers }) => {
  const blind = passwordTakers.filter(
    (one) => oldPodsLogIn && one.used && !one.accepted && !one.takesUser && evident(one).length === 0,
  );
  const [first] = blind;
  if (first === undefined) return undefined;
  const hints = blind.flatMap(({ elsewhere }) => elsewhere);
  const maybe = hints.length === 0 ? '' : ` It may be: ${hints.map(placeOf).join(', ')}.`;
  return warning(
    `These take the password from a Secret that changes, and no user's name from one: ${blind.map((one) => `${containerOf(one)} (${secretObject(component, one.secret)})`).join('; ')}. Nothing shows where the name comes from, and it changes with the password.${maybe}`,
    `${mendOf(component, first)} ${answer(component, blind)}`,
  );
};

export const usersElsewhereAreKnown: Rule = ({ component, oldPodsLogIn, passwordTakers }) => {
  const doubtful = passwordTakers
    .filter((one) => oldPodsLogIn && !one.accepted && (one.takesUser || !one.used) && one.elsewhere.length > 0)
    .filter((one) => !one.used || evident(one).length === 0);
  if (doubtful.length === 0) return undefined;
  return warning(
    `The role's name stands outside of the Secrets, where it does not change: ${doubtful.map((one) => placesOf(one, one.elsewhere)).join('; ')}.`,
    `Take it out of what logs in as the role. ${answer(component, doubtful)}`,
  );
};

function evident({ elsewhere }: PasswordTaker): readonly UserElsewhere[] {
  return elsewhere.filter(({ evidence }) => evidence);
}

/** `Deployment apps/worker, container worker, env DB_USER (it stands beside the password of the Secret)`. */
function placesOf(taker: PasswordTaker, places: readonly UserElsewhere[]): string {
  return `${containerOf(taker)}, ${places.map(placeOf).join(', ')}`;
}

function placeOf({ where, why }: UserElsewhere): string {
  return `${where} (${why})`;
}

function containerOf({ holder: { kind, namespace, name }, container }: PasswordTaker): string {
  return `${objectName(kind, namespace, name)}, container ${container}`;
}

/** The lines of the manifest by which the container takes the user's name from the Secret. */
function mendOf(component: Component, taker: PasswordTaker): string {
  const [place] = evident(taker);
  const { secret, key } = taker.userAt ?? { secret: taker.secret, key: 'username' };
  const { namespace, name } = secretAt(component, secret);
  const here = namespace === taker.holder.namespace;
  const from = here ? name : secretAt(component, taker.secret).name;
  const lines = `- {name: ${place?.variable ?? 'PGUSER'}, valueFrom: {secretKeyRef: {name: ${from}, key: ${key}}}}`;
  const instead =
    place === undefined || place.variable !== undefined
      ? ''
      : ` Take the name out of ${place.where}, or write $(PGUSER) there.`;
  const missing = taker.userAt !== undefined && here ? '' : ` The Secret needs the key "${key}" beside the password.`;
  return `Let ${containerOf(taker)} take the name from the Secret: "${lines}" under env.${instead}${missing}`;
}

function answer({ name, namespace }: Component, takers: readonly PasswordTaker[]): string {
  const quoted = ({ kind, namespace: at, name: of }: ConsumerRef): string =>
    at === namespace ? `"${kind}/${of}"` : `"${at}/${kind}/${of}"`;
  const all = [...new Set(takers.map(({ holder }) => quoted(holder)))].join(', ');
  return `Where it takes the name from the Secret after all, name it under namesNoUser of "${name}" in the catalogue (${all}).`;
}
