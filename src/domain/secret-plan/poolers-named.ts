import { secretAt } from '../component.ts';
import { readEnvironments } from './environment.ts';
import { serviceIn } from './hosts.ts';
import { secretsOfPlan, type SecretPlan } from './plan.ts';
import { readAll } from './read-secrets.ts';
import type { SecretWorld } from './world.ts';

/**
 * The Poolers that are hosts of the logins that change with the password, each with who names it: a Secret that changes,
 * or a container that reads one.
 * @param poolers the names of the Cluster's Poolers. A Pooler's Service has the Pooler's name.
 */
export function poolersNamed(
  world: SecretWorld,
  plan: Pick<SecretPlan, 'changes'>,
  poolers: readonly string[],
): ReadonlyMap<string, string> {
  const changing = secretsOfPlan(plan);
  const inSecrets = readAll(world)
    .filter(({ secret }) => changing.includes(secret.name))
    .flatMap(({ secret: { name }, reading }) =>
      reading.logins.map(({ hosts }) => ({ hosts, secret: name, by: `Secret ${name} names it` })),
    );
  const inContainers = readEnvironments(world.environments, world.secrets)
    .filter(({ secret }) => changing.includes(secret))
    .map(({ login: { hosts }, secret, reader }) => ({ hosts, secret, by: `${reader}, with it as the host` }));
  const found = new Map<string, string>();
  for (const { hosts, secret, by } of [...inSecrets, ...inContainers]) {
    const from = secretAt(world.component, secret).namespace;
    for (const { text } of hosts) {
      const named = serviceIn(text, from);
      if (named?.where !== world.component.namespace || !poolers.includes(named.service)) continue;
      if (!found.has(named.service)) found.set(named.service, by);
    }
  }
  return found;
}
