import { generatorOf, passwordPath, SUPERUSER_ROLE } from '../cluster.ts';
import { objectName, secretAt, secretObject } from '../component.ts';
import { hasPasswordFixes } from './cnpg-version.ts';
import type { CompanionFacts, PreflightFacts, RoleSecretFacts, SecretFacts } from './facts.ts';
import { clusterName, secretName, type Rule } from './rule.ts';
import { blocking, warning } from '../finding.ts';

const BASIC_AUTH = 'kubernetes.io/basic-auth';

export const secretExists: Rule = ({ component, secret }) => {
  if (secret !== undefined) return undefined;
  return blocking(
    `${secretName(component)} does not exist.`,
    `Create it with the keys "username" and "password", type ${BASIC_AUTH} and the label cnpg.io/reload: "true".`,
  );
};

export const secretIsComplete: Rule = ({ component, secret, turns }) => {
  if (secret === undefined) return undefined;
  const missing = [secret.hasUsername ? undefined : 'username', secret.hasPassword ? undefined : 'password'].filter(
    (key) => key !== undefined,
  );
  if (missing.length === 0) return undefined;
  return blocking(
    `${secretName(component)} has no ${missing.map((key) => `"${key}"`).join(' and no ')}.`,
    turns === undefined
      ? 'CNPG reads both "username" and "password" of a managed role\'s Secret: add what is missing.'
      : 'Its "username" says whose turn it is, whatever its other keys say: add what is missing, and let the application read the name there.',
  );
};

export const usernameMatches: Rule = ({ component, secret, turns }) => {
  if (turns !== undefined || !secret?.hasUsername || secret.username === component.role) return undefined;
  return blocking(
    `${secretName(component)} ${usernameText(secret)}, but the managed role is "${component.role}".`,
    'CNPG refuses such a Secret and never applies its password: set "username" to the role\'s name.',
  );
};

/** Shows the username only if it is the name of a role. Any other text might be a secret. */
export function usernameText({ username }: Pick<SecretFacts, 'username'>): string {
  return username === '' ? 'has a key "username" that names no role of the Cluster' : `has the username "${username}"`;
}

export const namedSecretsHoldThePassword: Rule = ({ companions }) => {
  if ('found' in companions) return undefined;
  return blocking(companions.refused, 'Correct it, or take it out of otherSecrets in the catalogue.');
};

export const otherSecretsAreFound: Rule = ({ component, companions }) => {
  if ('refused' in companions || companions.warnings.length === 0) return undefined;
  return warning(
    companions.warnings.join(' '),
    `Name those that must change with the password as otherSecrets of "${component.name}" in the catalogue.`,
  );
};

export const secretsMayBeChanged: Rule = (facts) => {
  const immutable = writtenSecrets(facts).filter((secret) => secret.immutable);
  if (immutable.length === 0) return undefined;
  return blocking(
    `${names(facts, immutable)} is immutable: no password in it can be changed.`,
    `Make a second Secret with the same data and without "immutable: true", name it in what reads it, then in the component "${facts.component.name}" of the catalogue. Do not delete one that CNPG reads.`,
  );
};

export const secretsAreOurs: Rule = (facts) => {
  if (facts.source !== 'kubernetes') return undefined;
  const managed = writtenSecrets(facts).filter(({ fluxKustomization }) => fluxKustomization !== undefined);
  if (managed.length === 0) return undefined;
  const kustomizations = [...new Set(managed.map(({ fluxKustomization = '' }) => fluxKustomization))].join(', ');
  return blocking(
    `${names(facts, managed)} is applied by Flux (Kustomization ${kustomizations}): it would put the old password back, and CNPG would apply it.`,
    `Change it where Flux reads it, or make Flux leave it alone: ${managed.map(({ name }) => unmanage(facts, name)).join(' && ')}`,
  );
};

function unmanage({ component }: PreflightFacts, secret: string): string {
  const { namespace, name } = secretAt(component, secret);
  return `kubectl -n ${namespace} annotate secret ${name} kustomize.toolkit.fluxcd.io/reconcile=disabled`;
}

/** With alternating roles CNPG reads other Secrets. */
export const secretIsWatched: Rule = ({ component, cluster, secret, turns }) => {
  if (turns !== undefined || secret === undefined || secret.hasReloadLabel) return undefined;
  // CNPG watches the Secrets that it generates without the label.
  if (cluster !== undefined && generatorOf(cluster, component.role) !== undefined) return undefined;
  return warning(
    `${secretName(component)} has no label cnpg.io/reload, so CNPG may notice its change only minutes later.`,
    `kubectl -n ${component.namespace} label secret ${component.secret} cnpg.io/reload=true`,
  );
};

export const secretIsOfItsType: Rule = ({ component, secret, turns }) => {
  if (turns !== undefined || secret === undefined || secret.type === BASIC_AUTH) return undefined;
  return warning(
    `${secretName(component)} is of type ${secret.type}; CNPG documents ${BASIC_AUTH}, with which the API refuses a Secret without a password.`,
    'Leave it until you deploy the Secret anew under another name: a type cannot be changed, and deleting a Secret that CNPG reads can clear the password.',
  );
};

/** The bad Secrets at which CNPG stops before it comes to this login. */
function isStopping({ component, surroundings, cluster }: PreflightFacts): (one: RoleSecretFacts) => boolean {
  const path = cluster && passwordPath(cluster, component.role);
  const isOwner = path?.path === 'direct' && component.role !== SUPERUSER_ROLE;
  // Older CNPG stops at a bad Secret of a managed role, and every CNPG at a bad one of the superuser.
  const stops = {
    'managed.roles': !hasPasswordFixes(surroundings.cnpgVersion, false),
    access: isOwner,
    bootstrap: false,
  };
  return ({ readFor, state }) => isBroken(state) && stops[readFor];
}

export const otherRolesStopNothing: Rule = (facts) => {
  const { component, secretsOfOtherRoles } = facts;
  const stopping = secretsOfOtherRoles.filter(isStopping(facts));
  if (stopping.length === 0) return undefined;
  return blocking(
    `${clusterName(component)} has another role whose Secret stops CNPG from applying any password: ${describe(facts, stopping)}.`,
    mendOf(facts, stopping, 'Give each of these Secrets a "password" and a "username" that is the name of its role.'),
  );
};

export const otherRolesAreFine: Rule = (facts) => {
  const { component, secretsOfOtherRoles } = facts;
  const stops = isStopping(facts);
  const noted = secretsOfOtherRoles.filter(
    (one) => (one.readFor === 'managed.roles' && one.state === 'absent') || (isBroken(one.state) && !stops(one)),
  );
  if (noted.length === 0) return undefined;
  return warning(
    `${clusterName(component)} has another role with a bad Secret: ${describe(facts, noted)}. It does not stop this rotation.`,
    mendOf(
      facts,
      noted,
      'Give each of these roles a Secret with a "password" and a "username" that is the name of the role.',
    ),
  );
};

/** The application's Secret names the login role whose turn it is, and has to: the other role needs another Secret. */
function mendOf({ component }: PreflightFacts, bad: readonly RoleSecretFacts[], usual: string): string {
  const sharing = bad.filter(({ secret }) => secret === component.secret);
  if (sharing.length === 0) return usual;
  const others = sharing.length === bad.length ? '' : `${usual} `;
  return `${others}Leave ${secretName(component)} as it is, and let ${clusterName(component)} read another Secret for ${sharing.map(({ role, readFor }) => `"${role}" (${readFor})`).join(' and ')}: "cnpg-rotate adopt ${component.name} --dry-run" prints the change.`;
}

function isBroken(state: RoleSecretFacts['state']): boolean {
  return state === 'no username' || state === 'no password' || state === 'wrong username';
}

function describe({ component }: PreflightFacts, secrets: readonly RoleSecretFacts[]): string {
  return secrets
    .map(({ role, secret, state }) => `role "${role}", ${objectName('Secret', component.namespace, secret)}: ${state}`)
    .join('; ');
}

/** The Secrets that the rotation itself writes: all but copies. */
function writtenSecrets(facts: PreflightFacts): readonly CompanionFacts[] {
  return allSecrets(facts).filter(({ isCopy }) => isCopy !== true);
}

/** Every Secret that changes with the password. */
export function allSecrets({ component, secret, companions, turns }: PreflightFacts): readonly CompanionFacts[] {
  const found = [...('found' in companions ? companions.found : []), ...(turns?.logins ?? [])];
  return secret === undefined ? found : [{ name: component.secret, ...secret }, ...found];
}

function names({ component }: PreflightFacts, secrets: readonly CompanionFacts[]): string {
  return secrets.map(({ name }) => secretObject(component, name)).join(', ');
}
