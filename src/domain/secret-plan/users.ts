import type { DescribedLogin, Place } from '../secrets/index.ts';
import { isTheRoles, judgeWhose, meansTheDatabase } from './judge-login.ts';
import { toPlace, type PlannedChange } from './plan.ts';
import type { Read } from './read-secrets.ts';
import { namespaceOf, type SecretWorld } from './world.ts';

/**
 * The places where the role's name is the user of a login, in a Secret whose password changes: beside a password that
 * changes, in a URI of the Cluster, or in a key whose name means the database.
 */
export function usersOf(
  world: SecretWorld,
  { secret, reading, answer }: Read,
  changing: readonly DescribedLogin[],
): PlannedChange[] {
  const labels = new Set(changing.map(({ label }) => label));
  const places = reading.logins
    .filter(
      (login) =>
        changing.includes(login) ||
        (login.password === undefined && isTheRoles(judgeWhose(login, world, namespaceOf(world, secret)))),
    )
    .flatMap((login) => (login.user?.text === world.user ? [{ login, place: toPlace(login.user) }] : []))
    .filter(({ place }) => answer.of(place.key)?.kind !== 'leave')
    .filter(
      ({ login, place }) =>
        changing.includes(login) ||
        login.hosts.length > 0 ||
        (!/role$/i.test(nameOf(place)) && (labels.has(login.label) || meansTheDatabase(login.label))),
    )
    .map(({ place }) => place);
  const unique = new Map(places.map((place) => [JSON.stringify([place.key, place.within]), place]));
  return [...unique.values()].map((place) => ({
    secret: secret.name,
    place,
    why: 'the user changes with the password',
  }));
}

/** The last name in the path of a place. */
function nameOf({ key, within }: Place): string {
  return within === '' ? key : (within.split(/[ .]/).at(-1) ?? '');
}

/** Whether each password that changes has its user in the same URI or document, or in a key of the Secret. */
export function saysTheUser(
  { user }: SecretWorld,
  changing: readonly DescribedLogin[],
  users: readonly PlannedChange[],
): boolean {
  const inAKey = users.some(({ place }) => place.within === '');
  return (
    users.length > 0 &&
    changing.every((login) => login.user?.text === user || (inAKey && login.password?.within === ''))
  );
}
