import { Password } from '../../domain/password.ts';
import { trimmedText } from '../../domain/secrets/secret-data.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Staging } from '../staging/staging.ts';

/** The passwords that must not stand in what others say: both of a rotation, and the verifiers of login roles. */
export function passwordsIn({ secrets, passwords }: Staging): readonly Password[] {
  return [
    ...Object.values(passwords),
    ...secrets.flatMap(({ data: { previous, pending } }) => [previous, pending].flatMap(passwordOf)),
  ];
}

function passwordOf(data: LiveSecret['data']): readonly Password[] {
  const text = trimmedText(data, 'password');
  return text === '' ? [] : [Password.of(text)];
}
