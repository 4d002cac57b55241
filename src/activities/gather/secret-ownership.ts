import type { Password } from '../../domain/password.ts';
import type { OwnershipFacts } from '../../domain/preflight/index.ts';
import { lastAppliedHolds } from '../../domain/secrets/last-applied.ts';
import { ownersOf } from '../../domain/secrets/owners.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';

/** What of a Secret would change. */
export interface SecretChangeFacts {
  readonly keys: readonly string[];
  /** The password of now, where it is known. */
  readonly password?: Password;
}

/** What changes of a Secret that CNPG alone reads. */
export const PASSWORD_ALONE: SecretChangeFacts = { keys: ['password'] };

/** Who else writes a Secret that would change. */
export function ownershipOf(secret: LiveSecret, { keys, password }: SecretChangeFacts): OwnershipFacts {
  const owners = ownersOf(secret, keys);
  const shown = password !== undefined && lastAppliedHolds(secret.annotations, password);
  return {
    ...(owners.length > 0 && { owners }),
    ...(shown && { lastAppliedHoldsPassword: true as const }),
  };
}
