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

/** An autoscaler, a schedule that is resumed, or a person starts the pods later: then nobody watches them any more. */
export const stoppedPodsTakeTheUser: Rule = ({ component, oldPodsLogIn, passwordTakers }) => {
  const stopped = passwordTakers.filter(
    (one) => oldPodsLogIn && !one.used && !one.accepted && (!one.takesUser || evident(one).length > 0),
  );
  const [first] = stopped;
  if (first === undefined) return undefined;
  const listed = stopped.map((one) =>
    one.elsewhere.length === 0 ? `${containerOf(one)}, of which nothing shows the name` : placesOf(one, one.elsewhere),
  );
  return warning(
    `No pod of these runs now. They take the password from a Secret that changes, and the user's name from elsewhere: ${listed.join('; ')}. The user's name changes with the password, so the pods that somebody or an autoscaler starts later would be refused.`,
    `${mendOf(component, first)} ${answer(component, stopped)}`,
  );
};

/** PgBouncer's `auth_file`, by the name of its key. */
const USER_LIST = /(?:^|[._-])userlist(?:\.txt)?$/i;

/** A user list has the one role or the other, and during a turn pods log in as both. */
export const userListsKnowBothRoles: Rule = ({ component, oldPodsLogIn, plan }) => {
  if (!oldPodsLogIn) return undefined;
  const lists = plan.changes
    .filter(({ place: { key, meaning } }) => meaning === 'user' && USER_LIST.test(key))
    .map(({ secret, place: { key } }) => `${secretObject(component, secret)}, key ${key}`);
  if (lists.length === 0) return undefined;
  return warning(
    `The list of users of a PgBouncer names the role: ${[...new Set(lists)].join('; ')}. It would name either the one role or the other, and while roles take turns pods log in as both: PgBouncer would refuse some of them.`,
    `Let this PgBouncer ask PostgreSQL for passwords (auth_query), and take the role out of the list. Or stay in place.`,
  );
};

export const usersElsewhereAreKnown: Rule = ({ component, oldPodsLogIn, passwordTakers }) => {
  const doubtful = passwordTakers.filter(
    (one) => oldPodsLogIn && !one.accepted && one.takesUser && one.elsewhere.length > 0 && evident(one).length === 0,
  );
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
