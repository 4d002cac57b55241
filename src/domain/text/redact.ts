import { inAnyForm } from './encodings.ts';
import type { Password } from '../password.ts';

const HIDDEN = '[password]';

/** Text of others (logs, messages) without the given passwords in any form, passwords in URIs, or verifiers. */
export function redact(text: string, passwords: readonly Password[]): string {
  return passwords
    .filter((password) => password.reveal() !== '')
    .reduce((clean, password) => clean.replace(new RegExp(inAnyForm(password.reveal()), 'g'), HIDDEN), text)
    .replace(/(:\/\/[^:@/\s]*:)[^@\s]+(?=@)/g, `$1${HIDDEN}`)
    .replace(/SCRAM-SHA-256\$\S+/g, '[verifier]');
}
