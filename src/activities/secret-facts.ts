import type { Component } from '../domain/component.ts';
import { Password } from '../domain/password.ts';
import type { Credential } from '../domain/password.ts';
import type { CompanionFacts, RoleSecretFacts, SecretFacts } from '../domain/preflight/index.ts';
import { asText, namesUser, urisWithAnotherPassword } from '../domain/secret-data.ts';
import { ownershipOf } from './secret-ownership.ts';
import { fluxKustomization } from '../kubernetes/flux-labels.ts';
import { turnOf } from '../domain/turn.ts';
import type { LiveSecret } from '../kubernetes/secrets.ts';
import { LAST_CHANGE_AT } from './publish.ts';

/** Of another Secret that changes with the password, or of a login role's, which holds none of these credentials. */
export function toCompanionFacts(secret: LiveSecret, credential?: Credential): CompanionFacts {
  const flux = fluxKustomization(secret);
  return {
    name: secret.name,
    immutable: secret.immutable === true,
    ...ownershipOf(secret, credential?.password),
    ...(flux !== undefined && { fluxKustomization: flux }),
    ...(credential !== undefined && !namesUser(secret.data, credential) && { withoutUser: true }),
  };
}

/** What preflight may know of the live Secret: names, versions and times. */
export function toSecretFacts(secret: LiveSecret, component: Component, roles: readonly string[]): SecretFacts {
  const { labels, data } = secret;
  const username = usernameIn(secret);
  const flux = fluxKustomization(secret);
  const credential = credentialIn(secret, component);
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
    ...ownershipOf(secret, credential?.password),
    ...(flux !== undefined && { fluxKustomization: flux }),
    urisWithAnotherPassword: credential === undefined ? [] : urisWithAnotherPassword(data, credential),
    ...(changedAt !== undefined && { dataChangedAt: changedAt }),
  };
}

/**
 * The credential that the application's Secret holds, with the role in place, or the one whose turn it is; CNPG trims
 * white space from a password before it applies it.
 */
export function credentialIn(secret: LiveSecret, component: Component): Credential | undefined {
  const alternating = component.strategy === 'alternating';
  const username = alternating ? turnOf(component, usernameIn(secret))?.active.role : component.role;
  const password = text(secret, 'password');
  return password === '' || username === undefined ? undefined : { username, password: Password.of(password) };
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
