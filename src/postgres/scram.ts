import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { saslprep } from '@mongodb-js/saslprep';
import type { Password } from '../domain/password.ts';

/** PostgreSQL's default `scram_iterations`. */
const ITERATIONS = 4096;
const SALT_BYTES = 16;

/**
 * The SCRAM-SHA-256 verifier that PostgreSQL stores for a password (RFC 5803 as in `pg_authid.rolpassword`):
 * `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. With it, the password itself need not go to the server.
 */
export function scramVerifier(password: Password, salt: Buffer = randomBytes(SALT_BYTES)): string {
  const salted = pbkdf2Sync(prepared(password), salt, ITERATIONS, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** PostgreSQL normalises by SASLprep. Where this is not possible, PostgreSQL takes the bytes unchanged. */
function prepared(password: Password): string {
  try {
    return saslprep(password.reveal(), { allowUnassigned: true });
  } catch {
    return password.reveal();
  }
}
