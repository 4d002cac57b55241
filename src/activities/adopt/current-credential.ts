import { objectName, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import { Password, type Credential } from '../../domain/password.ts';
import { asText } from '../../domain/secrets/secret-data.ts';
import type { Dependencies } from '../dependencies.ts';

/** What the application logs in with now. @throws RotationError `SecretIncomplete`. */
export async function currentCredential(deps: Dependencies, { namespace, secret }: Component): Promise<Credential> {
  const live = await deps.secrets.find(namespace, secret);
  const text = (key: string): string => asText(live?.data[key] ?? new Uint8Array())?.trim() ?? '';
  const [username, password] = [text('username'), text('password')];
  if (username !== '' && password !== '') return { username, password: Password.of(password) };
  throw new RotationError(
    'SecretIncomplete',
    `${objectName('Secret', namespace, secret)} has no "username" and "password" any more.`,
  );
}
