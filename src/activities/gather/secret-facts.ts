import { LAST_CHANGE_AT } from '../../domain/marks.ts';
import type { Password } from '../../domain/password.ts';
import type { CompanionFacts, OwnershipFacts, RoleSecretFacts, SecretFacts } from '../../domain/preflight/index.ts';
import { lastAppliedHolds } from '../../domain/secrets/last-applied.ts';
import { ownersOf } from '../../domain/secrets/owners.ts';
import { trimmedText } from '../../domain/secrets/secret-data.ts';
import { fluxKustomization } from '../../kubernetes/flux-labels.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';

/** What would change in a Secret. */
export interface SecretChangeFacts {
  readonly keys: readonly string[];
  /** The current password, where it is known. */
  readonly password?: Password;
}

/** The change of a Secret that only CNPG reads. */
export const PASSWORD_ALONE: SecretChangeFacts = { keys: ['password'] };

/** The facts of another Secret that changes with the password, or of a login role's Secret. */
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
  const username = trimmedText(secret.data, 'username');
  return {
    hasUsername: username !== '',
    hasPassword: trimmedText(secret.data, 'password') !== '',
    // Somebody may have put a password into the key `username`.
    username: roles.includes(username) ? username : '',
    hasReloadLabel: 'cnpg.io/reload' in secret.labels,
    type: secret.type,
    immutable: secret.immutable === true,
    resourceVersion: secret.resourceVersion,
    ...ownershipOf(secret, change),
    fluxKustomization: fluxKustomization(secret),
    dataChangedAt: dataChangedAt(secret),
  };
}

/** When the Secret's data last changed, ISO 8601: by its fields' managers, else by our annotation. */
export function dataChangedAt(secret: LiveSecret): string | undefined {
  return secret.dataChangedAt?.toISOString() ?? secret.annotations[LAST_CHANGE_AT];
}

/** Who else writes a Secret that would change. */
function ownershipOf(secret: LiveSecret, { keys, password }: SecretChangeFacts): OwnershipFacts {
  const owners = ownersOf(secret, keys);
  const shown = password !== undefined && lastAppliedHolds(secret.annotations, password);
  return {
    ...(owners.length > 0 && { owners }),
    ...(shown && { lastAppliedHoldsPassword: true as const }),
  };
}

/** Judges the Secret of a managed role as CNPG does. */
export function judgeRoleSecret(secret: LiveSecret | undefined, role: string): RoleSecretFacts['state'] {
  if (secret === undefined) return 'absent';
  if (!('username' in secret.data)) return 'no username';
  if (!('password' in secret.data)) return 'no password';
  return trimmedText(secret.data, 'username') === role.trim() ? 'fine' : 'wrong username';
}
