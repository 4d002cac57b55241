import { randomBytes } from 'node:crypto';
import { Password } from '../../domain/password.ts';

const RANDOM_BYTES = 30;

/**
 * A new password from the operating system's generator: 40 characters of `[A-Za-z0-9_-]`, more than 239 bits. These
 * characters need no encoding in a URI, and none is a `$`, which Flux would substitute. The first character is a letter
 * so that no document reads an unquoted password as a number or as an item of a list.
 */
export function generatePassword(): Password {
  let text: string;
  do text = randomBytes(RANDOM_BYTES).toString('base64url');
  while (!/^[A-Za-z]/.test(text));
  return Password.of(text);
}
