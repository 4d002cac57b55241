import { secretAt } from '../component.ts';
import { readHosts } from './environment.ts';
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
    .map(({ secret: { name: secret }, reading }) => ({
      hosts: reading.logins.flatMap(({ hosts }) => hosts.map(({ text }) => text)),
      secret,
      by: `Secret ${secret} names it`,
    }));
  const inContainers = readHosts(world.environments, world.secrets, changing).map(({ hosts, secret, reader }) => ({
    hosts,
    secret,
    by: `${reader} names it`,
  }));
  const found = new Map<string, string>();
  for (const { hosts, secret, by } of [...inSecrets, ...inContainers]) {
    const from = secretAt(world.component, secret).namespace;
    for (const host of hosts) {
      const named = serviceIn(host, from);
      if (named?.where !== world.component.namespace || !poolers.includes(named.service)) continue;
      if (!found.has(named.service)) found.set(named.service, by);
    }
  }
  return found;
}
