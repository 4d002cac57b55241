import type { ClusterState } from '../../domain/cluster.ts';
import { objectName, type Component } from '../../domain/component.ts';
import type { Credential, Password } from '../../domain/password.ts';
import type { Companions } from '../../domain/preflight/index.ts';
import {
  isVerifier,
  loginCandidates,
  planSecrets,
  secretsOfPlan,
  type PasswordAt,
  type SecretPlan,
  type SecretWorld,
} from '../../domain/secret-plan/index.ts';
import { weakness } from '../../domain/secrets/index.ts';
import { managedLogins } from '../../domain/rotation/turn.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from './look-up.ts';
import { passwordIn, roleIn, toCompanionFacts } from './secret-facts.ts';
import { PASSWORD_ALONE, type SecretChangeFacts } from './secret-ownership.ts';

/** How many texts of other Secrets are tried as the role's password. */
const LOGINS_TRIED = 5;

const NO_PLAN: SecretPlan = { changes: [], leftAlone: [], unclear: [], nameless: [] };

/** What the Secrets of a component's namespace say of its password. */
export interface FoundSecrets {
  /** What the application logs in with now; undefined where no Secret tells. */
  readonly current?: Credential;
  /** Where the current password is read, when the Secrets change. */
  readonly passwordAt?: PasswordAt;
  readonly passwordWeakness?: string;
  readonly plan: SecretPlan;
  readonly companions: Companions;
}

/** Which role's password is looked for, and in what. */
export interface Search {
  readonly cluster: ClusterState | undefined;
  /** The component's own Secret. */
  readonly main: LiveSecret | undefined;
  /** Whether the user's name changes with the password. */
  readonly renames: boolean;
}

/** Reads every Secret of the namespace once, and the environment of its workloads; changes nothing. */
export async function findSecrets(deps: Dependencies, component: Component, search: Search): Promise<FoundSecrets> {
  const { main, cluster, renames } = search;
  const user = main && roleIn(main, component);
  const held = main && passwordIn(main);
  if (main === undefined || user === undefined || held === undefined)
    return { plan: NO_PLAN, companions: { found: [], warnings: [] } };
  const { secrets, warnings, absent } = await readSecrets(deps, component, main);
  const world: SecretWorld = {
    component,
    user,
    secrets,
    environments: await deps.workloads.environments(component.namespace),
    ofOtherRoles: secretsOfOtherRoles(component, cluster),
    services: [...(cluster?.services ?? []), ...(await namesOfPoolers(deps, component))],
  };
  const { current, accepted, passwordAt } = await findPassword(deps, world, held);
  if (current === undefined) return { plan: NO_PLAN, companions: { found: [], warnings } };
  const plan = planSecrets(world, { held, current, accepted }, renames);
  const weak = weakness(current, [user, component.role, component.database, component.cluster, component.name]);
  return {
    current: { username: user, password: current },
    passwordAt,
    passwordWeakness: weak,
    plan,
    companions: absent ??
      inVain(component, plan) ?? { found: companionsOf(component, secrets, plan, current), warnings },
  };
}

interface ReadSecrets {
  readonly secrets: readonly LiveSecret[];
  readonly warnings: readonly string[];
  /** One that the catalogue names does not exist. */
  readonly absent?: Companions;
}

async function readSecrets(deps: Dependencies, component: Component, main: LiveSecret): Promise<ReadSecrets> {
  const { namespace, otherSecrets } = component;
  const all = component.discover ? await deps.secrets.list(namespace) : undefined;
  const named = await Promise.all(
    otherSecrets
      .filter(({ name }) => name !== main.name)
      .map(async ({ name }) => ({ name, live: await deps.secrets.find(namespace, name) })),
  );
  const missing = named.find(({ live }) => live === undefined);
  const present = named.flatMap(({ live }) => live ?? []);
  const rest = (all ?? []).filter(({ name }) => name !== main.name && !present.some((one) => one.name === name));
  return {
    secrets: [main, ...present, ...rest],
    warnings:
      all !== undefined || !component.discover || otherSecrets.length > 0
        ? []
        : [
            `The Secrets of namespace ${namespace} may not be listed (that needs "list" on secrets), so only those that the catalogue names change with the password.`,
          ],
    ...(missing !== undefined && {
      absent: {
        refused: {
          type: 'SecretAbsent',
          message: `${objectName('Secret', namespace, missing.name)} does not exist, and the catalogue names it.`,
        },
      },
    }),
  };
}

/** The password of now: what CNPG's own Secret holds, or, where that is a verifier, what PostgreSQL accepts. */
async function findPassword(
  deps: Dependencies,
  world: SecretWorld,
  held: Password,
): Promise<{
  readonly current: Password | undefined;
  readonly accepted: readonly Password[];
  readonly passwordAt: PasswordAt;
}> {
  const { component, user } = world;
  const candidates = loginCandidates(world).filter(
    ({ password }) => password.reveal().trim() !== held.reveal().trim() && !isVerifier(password.reveal()),
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

/** One that cannot be tried is not shown to work. */
async function accepts(deps: Dependencies, component: Component, credential: Credential): Promise<boolean> {
  const outcome = await orUnknown(deps.login(component, credential));
  return outcome !== 'unknown' && outcome.accepted;
}

/** What CNPG itself reads for others: the managed roles, the owner by bootstrap, the superuser. */
function secretsOfOtherRoles(component: Component, cluster: ClusterState | undefined): SecretWorld['ofOtherRoles'] {
  const own = managedLogins(component);
  const owner = cluster?.applicationOwner;
  return [
    ...(cluster?.managedRoles ?? []).map(({ name: role, passwordSecret: secret }) => ({ role, secret })),
    ...(owner === undefined ? [] : [owner]),
    { role: 'postgres', secret: `${component.cluster}-superuser` },
  ].flatMap(({ role, secret }) =>
    secret === undefined || secret === component.secret || own.some((login) => login.role === role)
      ? []
      : [{ role, secret }],
  );
}

/** Only the hosts of logins are judged by them. */
async function namesOfPoolers(deps: Dependencies, { namespace, cluster }: Component): Promise<readonly string[]> {
  const poolers = await orUnknown(deps.poolers.ofCluster(namespace, cluster));
  return poolers === 'unknown' ? [] : poolers.map(({ name }) => name);
}

/** A Secret that the catalogue names has to change. */
function inVain({ namespace, otherSecrets }: Component, plan: SecretPlan): Companions | undefined {
  const changing = secretsOfPlan(plan);
  // What is asked about is told by itself.
  const asked = plan.unclear.map(({ secret }) => secret);
  const vain = otherSecrets.find(({ name }) => !changing.includes(name) && !asked.includes(name));
  if (vain === undefined) return undefined;
  const because = plan.leftAlone.find(({ secret }) => secret === vain.name)?.why;
  return {
    refused: {
      type: 'SecretIncomplete',
      message: `${objectName('Secret', namespace, vain.name)} cannot change with the password: ${because ?? 'none of its keys holds the password of the component'}.`,
    },
  };
}

/** What of a Secret would change; of the component's own at least the key that CNPG reads. */
export function changeOf({ plan, current }: Pick<FoundSecrets, 'plan' | 'current'>, secret: string): SecretChangeFacts {
  const keys = keysOf(plan, secret);
  if (current === undefined) return PASSWORD_ALONE;
  return { keys: keys.length > 0 ? keys : PASSWORD_ALONE.keys, password: current.password };
}

function keysOf({ changes }: SecretPlan, name: string): readonly string[] {
  return [...new Set(changes.filter(({ secret }) => secret === name).map(({ place }) => place.key))];
}

function companionsOf(
  { secret: main }: Component,
  secrets: readonly LiveSecret[],
  plan: SecretPlan,
  password: Password,
): Extract<Companions, { found: unknown }>['found'] {
  return secretsOfPlan(plan)
    .filter((name) => name !== main)
    .flatMap((name) => secrets.find((one) => one.name === name) ?? [])
    .map((live) => ({
      ...toCompanionFacts(live, { keys: keysOf(plan, live.name), password }),
      ...(plan.nameless.includes(live.name) && { withoutUser: true as const }),
    }));
}
