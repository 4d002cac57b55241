import type { CompanionFacts, RoleSecretFacts, SecretFacts } from '../../domain/preflight/index.ts';
import { trimmedText } from '../../domain/secrets/secret-data.ts';
import { ownershipOf, type SecretChangeFacts } from './secret-ownership.ts';
import { fluxKustomization } from '../../kubernetes/flux-labels.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import { LAST_CHANGE_AT } from '../../domain/marks.ts';

/** Of another Secret that changes with the password, or of a login role's. */
export function toCompanionFacts(secret: LiveSecret, change: SecretChangeFacts): CompanionFacts {
  return {
    name: secret.name,
    immutable: secret.immutable === true,
    ...ownershipOf(secret, change),
    fluxKustomization: fluxKustomization(secret),
  };
}

/** What preflight may know of the live Secret: names, versions and times. A user's name only where it is a role's. */
export function toSecretFacts(secret: LiveSecret, roles: readonly string[], change: SecretChangeFacts): SecretFacts {
  const { labels } = secret;
  const username = trimmedText(secret.data, 'username');
  const changedAt = secret.dataChangedAt?.toISOString() ?? secret.annotations[LAST_CHANGE_AT];
  return {
    hasUsername: username !== '',
    hasPassword: trimmedText(secret.data, 'password') !== '',
    // Somebody may have put a password there.
    username: roles.includes(username) ? username : '',
    hasReloadLabel: 'cnpg.io/reload' in labels,
    type: secret.type,
    immutable: secret.immutable === true,
    resourceVersion: secret.resourceVersion,
    ...ownershipOf(secret, change),
    fluxKustomization: fluxKustomization(secret),
    dataChangedAt: changedAt,
  };
}

/** As CNPG judges the Secret of a managed role. */
export function judgeRoleSecret(secret: LiveSecret | undefined, role: string): RoleSecretFacts['state'] {
  if (secret === undefined) return 'absent';
  if (!('username' in secret.data)) return 'no username';
  if (!('password' in secret.data)) return 'no password';
  return trimmedText(secret.data, 'username') === role.trim() ? 'fine' : 'wrong username';
}
