import { generatedSecret, SUPERUSER_ROLE } from '../../domain/cluster.ts';
import {
  managedLogins,
  namedCopies,
  namedSecrets,
  refIn,
  secretAt,
  secretObject,
  type Component,
} from '../../domain/component.ts';
import type { Credential } from '../../domain/password.ts';
import type { Companions } from '../../domain/preflight/index.ts';
import {
  copiesIn,
  planSecrets,
  type ContainerEnvironment,
  type Known,
  type PasswordAt,
  type SecretPlan,
  type SecretWorld,
} from '../../domain/secret-plan/index.ts';
import { weakness } from '../../domain/secrets/index.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ApiObjects } from './api-objects.ts';
import { companionsOf } from './companions.ts';
import type { CurrentLogin } from './current-login.ts';
import { findPassword } from './find-password.ts';

/** What the Secrets of a component's namespace show of its password. */
export type FoundSecrets = {
  /** The places that would be written, and the places that would not. */
  readonly plan: SecretPlan;
  readonly companions: Companions;
} & (
  | {
      readonly kind: 'found';
      /** What the plan was made from, to judge other texts by it too. */
      readonly search: { readonly world: SecretWorld; readonly known: Known };
      /** The application's current credential. */
      readonly current: Credential;
      /** The place from which the current password is read when the Secrets change. */
      readonly passwordAt: PasswordAt;
      readonly passwordWeakness: string | undefined;
    }
  | {
      /** `nobody`: the component's own Secret does not say who logs in. */
      readonly kind: 'nobody' | 'password unknown';
      readonly search?: undefined;
      readonly current?: undefined;
      readonly passwordAt?: undefined;
      readonly passwordWeakness?: undefined;
    }
);

const NO_PLAN: SecretPlan = { changes: [], leftAlone: [], unclear: [], nameless: [] };

/**
 * Finds the places of the password; changes nothing.
 * @param renames whether the user's name changes with the password.
 */
export async function findSecrets(
  deps: Dependencies,
  component: Component,
  objects: ApiObjects,
  login: CurrentLogin | undefined,
  renames: boolean,
): Promise<FoundSecrets> {
  const { main, workloads, cluster, poolers } = objects;
  if (main === undefined || login?.role === undefined) return notFound('nobody');
  const { role: user, held } = login;
  if (held === undefined) return notFound('password unknown');
  const { secrets, warnings, absent } = await readSecrets(component, objects, main);
  const world: SecretWorld = {
    component,
    user,
    secrets: [...secrets].map(([name, live]) => ({ ...live, name })),
    environments: await environmentsOf(component, workloads),
    ofOtherRoles: secretsOfOtherRoles(component, objects),
    // These names serve only to judge the hosts of logins.
    services: [...(cluster?.services ?? []), ...(poolers === 'unknown' ? [] : poolers.map(({ name }) => name))],
  };
  const { current, accepted, passwordAt } = await findPassword(deps, world, held);
  if (current === undefined) return notFound('password unknown', warnings);
  const known: Known = { held, current, accepted };
  const changes = planSecrets(world, known, renames);
  const copies = copiesIn(component, changes, secrets);
  const plan = { ...changes, ...(copies.length > 0 && { copies }) };
  return {
    kind: 'found',
    search: { world, known },
    current: { username: user, password: current },
    passwordAt,
    passwordWeakness: weakness(current, [user, component.role, component.database, component.cluster, component.name]),
    plan,
    companions: absent ?? companionsOf(component, plan, { secrets, password: current, warnings }),
  };
}

function notFound(kind: 'nobody' | 'password unknown', warnings: readonly string[] = []): FoundSecrets {
  return { kind, plan: NO_PLAN, companions: { found: [], warnings } };
}

/** The Secrets by their names in a plan: the main one, those that the catalogue names, and the others of its namespaces. */
async function readSecrets(component: Component, { secrets }: ApiObjects, main: LiveSecret) {
  const names = [...namedSecrets(component).map(({ name }) => name), ...namedCopies(component)];
  const named = await Promise.all(
    names
      .filter((secret) => secret !== component.secret)
      .map(async (secret) => ({ secret, live: await secrets.named(secret) })),
  );
  const missing = named.find(({ live }) => live === undefined);
  const present = named.flatMap(({ secret, live }) => (live === undefined ? [] : [[secret, live] as const]));
  // A namespace with named Secrets has been looked at by a person.
  const unlisted = secrets.unlisted.filter(
    (one) => !names.some((secret) => secretAt(component, secret).namespace === one),
  );
  return {
    secrets: new Map([[component.secret, main], ...present, ...secrets.all]),
    warnings: unlisted.map(
      (namespace) =>
        `The Secrets of namespace ${namespace} may not be listed (that needs "list" on secrets), so only those that the catalogue names change with the password.`,
    ),
    absent: missing && {
      refused: `${secretObject(component, missing.secret)} does not exist, and the catalogue names it.`,
    },
  };
}

/** The environments of all workloads, whose Secrets have the names that a plan gives them. */
async function environmentsOf(
  component: Component,
  workloads: ApiObjects['workloads'],
): Promise<readonly ContainerEnvironment[]> {
  const found = await Promise.all(
    [...workloads].map(async ([namespace, list]) => {
      const named = (name: string) => refIn(component, { namespace, name });
      return (await list.environments()).map((environment): ContainerEnvironment => ({
        ...environment,
        variables: environment.variables.map((variable) => {
          if ('allOf' in variable) return { ...variable, allOf: named(variable.allOf) };
          return 'secret' in variable ? { ...variable, secret: named(variable.secret) } : variable;
        }),
      }));
    }),
  );
  return found.flat();
}

/** The Secrets that CNPG reads for other roles: the managed roles, the owner by bootstrap, the superuser. */
function secretsOfOtherRoles(component: Component, { cluster }: ApiObjects): SecretWorld['ofOtherRoles'] {
  const own = managedLogins(component);
  const owner = cluster?.applicationOwner;
  return [
    ...(cluster?.managedRoles ?? []).map(({ name: role, passwordSecret: secret }) => ({ role, secret })),
    ...(owner === undefined ? [] : [owner]),
    { role: SUPERUSER_ROLE, secret: cluster?.superuser?.secret ?? generatedSecret(component.cluster, 'superuser') },
  ].flatMap(({ role, secret }) =>
    secret === undefined || secret === component.secret || own.some((login) => login.role === role)
      ? []
      : [{ role, secret }],
  );
}
