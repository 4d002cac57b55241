import { objectName, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { Credential } from '../../domain/password.ts';
import type { Dependencies } from '../dependencies.ts';
import { currentLogin } from '../gather/current-login.ts';

/** What the application logs in with now. @throws RotationError `SecretIncomplete`. */
export async function currentCredential(deps: Dependencies, component: Component): Promise<Credential> {
  const { namespace, secret } = component;
  const live = await deps.secrets.find(namespace, secret);
  const { username = '', held: password } = live ? currentLogin(live, component) : {};
  if (username !== '' && password !== undefined) return { username, password };
  throw new RotationError(
    'SecretIncomplete',
    `${objectName('Secret', namespace, secret)} has no "username" and "password" any more.`,
  );
}
