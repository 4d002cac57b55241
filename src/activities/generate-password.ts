import { randomBytes } from 'node:crypto';
import { Password } from '../domain/password.ts';

const RANDOM_BYTES = 30;

/**
 * A new password from the operating system's generator: 40 characters of `[A-Za-z0-9_-]`, 240 bits. That alphabet
 * needs no encoding in a URI, and holds no `$`, which Flux would substitute.
 */
export function generatePassword(): Password {
  return Password.of(randomBytes(RANDOM_BYTES).toString('base64url'));
}
