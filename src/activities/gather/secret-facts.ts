import { turnOf, type Component } from '../../domain/component.ts';
import { Password } from '../../domain/password.ts';
import type { CompanionFacts, RoleSecretFacts, SecretFacts } from '../../domain/preflight/index.ts';
import { asText } from '../../domain/secrets/secret-data.ts';
import { ownershipOf, type SecretChangeFacts } from './secret-ownership.ts';
import { fluxKustomization } from '../../kubernetes/flux-labels.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import { LAST_CHANGE_AT } from '../../domain/marks.ts';

/** Of another Secret that changes with the password, or of a login role's. */
export function toCompanionFacts(secret: LiveSecret, change: SecretChangeFacts): CompanionFacts {
  const flux = fluxKustomization(secret);
  return {
    name: secret.name,
    immutable: secret.immutable === true,
    ...ownershipOf(secret, change),
    fluxKustomization: flux,
  };
}

/** What preflight may know of the live Secret: names, versions and times. A user's name only where it is a role's. */
export function toSecretFacts(secret: LiveSecret, roles: readonly string[], change: SecretChangeFacts): SecretFacts {
  const { labels } = secret;
  const username = usernameIn(secret);
  const flux = fluxKustomization(secret);
  const changedAt = secret.dataChangedAt?.toISOString() ?? secret.annotations[LAST_CHANGE_AT];
  return {
    hasUsername: username !== '',
    hasPassword: text(secret, 'password') !== '',
    // Somebody may have put a password there.
    username: roles.includes(username) ? username : '',
    hasReloadLabel: 'cnpg.io/reload' in labels,
    type: secret.type,
    immutable: secret.immutable === true,
    resourceVersion: secret.resourceVersion,
    ...ownershipOf(secret, change),
    fluxKustomization: flux,
    dataChangedAt: changedAt,
  };
}

/** The role that the application logs in as: the component's in place, or the one whose turn it is. */
export function roleIn(secret: LiveSecret, component: Component): string | undefined {
  if (component.strategy !== 'alternating') return component.role;
  return turnOf(component, usernameIn(secret))?.active.role;
}

/** What CNPG sets the password from, or its verifier; CNPG trims white space before it applies it. */
export function passwordIn(secret: LiveSecret): Password | undefined {
  const password = text(secret, 'password');
  return password === '' ? undefined : Password.of(password);
}

export function usernameIn(secret: LiveSecret): string {
  return text(secret, 'username');
}

/** As CNPG judges the Secret of a managed role. */
export function judgeRoleSecret(secret: LiveSecret | undefined, role: string): RoleSecretFacts['state'] {
  if (secret === undefined) return 'absent';
  if (!('username' in secret.data)) return 'no username';
  if (!('password' in secret.data)) return 'no password';
  return text(secret, 'username') === role.trim() ? 'fine' : 'wrong username';
}

function text({ data }: LiveSecret, key: string): string {
  return asText(data[key] ?? new Uint8Array())?.trim() ?? '';
}
