import { inAnyEncoding } from '../domain/any-encoding.ts';
import type { Password } from '../domain/password.ts';
import type { OwnershipFacts } from '../domain/preflight/index.ts';
import { asText } from '../domain/secret-data.ts';
import { lastAppliedHolds } from '../domain/secrets/last-applied.ts';
import { ownersOf } from '../domain/secrets/owners.ts';
import type { LiveSecret } from '../kubernetes/secrets.ts';

/** Who else writes a Secret that would change. @param password without one, the key `password` is what changes. */
export function ownershipOf(secret: LiveSecret, password: Password | undefined): OwnershipFacts {
  const owners = ownersOf(secret, passwordKeys(secret, password));
  const shown = password !== undefined && lastAppliedHolds(secret.annotations, password);
  return {
    ...(owners.length > 0 && { owners }),
    ...(shown && { lastAppliedHoldsPassword: true as const }),
  };
}

function passwordKeys({ data }: LiveSecret, password: Password | undefined): readonly string[] {
  if (password === undefined) return ['password'];
  const pattern = new RegExp(inAnyEncoding(password.reveal()));
  return Object.keys(data).filter(
    (key) => key === 'password' || pattern.test(asText(data[key] ?? new Uint8Array()) ?? ''),
  );
}
