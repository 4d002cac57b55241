import { objectName, type Component } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import { discoverHolders } from '../domain/secret-discovery.ts';
import { managedLogins } from '../domain/turn.ts';
import type { Dependencies } from './dependencies.ts';
import { credentialIn } from './secret-facts.ts';

export interface FoundSecrets {
  /** The one that CNPG reads first. */
  readonly secrets: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Every Secret that changes with the password: the one that CNPG reads, those that the catalogue names, and those of
 * the namespace that are found to hold it.
 * @throws RotationError `SecretAbsent`, `SecretIncomplete` for a named one that does not hold it.
 */
export async function findSecrets(deps: Dependencies, component: Component): Promise<FoundSecrets> {
  const { namespace, secret, otherSecrets } = component;
  const main = await deps.secrets.find(namespace, secret);
  const credential = main && credentialIn(main, component);
  if (credential === undefined) {
    const name = objectName('Secret', namespace, secret);
    throw new RotationError('SecretIncomplete', `${name} lost its password while it was looked at. Start again.`);
  }
  const named = await Promise.all(otherSecrets.map((name) => requireHolder(deps, namespace, name, credential)));
  const all = await deps.secrets.list(namespace);
  if (all === undefined) {
    const warning = `The Secrets of namespace ${namespace} may not be listed (that needs "list" on secrets), so only those that the catalogue names change with the password.`;
    return { secrets: [secret, ...named], warnings: otherSecrets.length > 0 ? [] : [warning] };
  }
  // What CNPG reads for a login role is no application's, even where it holds the password itself.
  const ofCnpg = managedLogins(component).map((login) => login.secret);
  const candidates = all.filter(({ name }) => name !== secret && !named.includes(name) && !ofCnpg.includes(name));
  const { holders, leftAlone } = discoverHolders(candidates, credential);
  return {
    secrets: [secret, ...named, ...holders],
    warnings: leftAlone.map(
      ({ name, because }) => `${objectName('Secret', namespace, name)} is left alone: ${because}.`,
    ),
  };
}

async function requireHolder(
  deps: Dependencies,
  namespace: string,
  name: string,
  credential: Parameters<typeof discoverHolders>[1],
): Promise<string> {
  const live = await deps.secrets.find(namespace, name);
  const described = objectName('Secret', namespace, name);
  if (live === undefined)
    throw new RotationError('SecretAbsent', `${described} does not exist, and the catalogue names it.`);
  const { holders, leftAlone } = discoverHolders([live], credential);
  if (holders.length > 0) return name;
  const because = leftAlone[0]?.because ?? 'none of its keys holds the password of the component';
  throw new RotationError('SecretIncomplete', `${described} cannot change with the password: ${because}.`);
}
