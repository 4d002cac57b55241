import { objectName, turnOf, type Component, type Turn } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import { Password, type Credential } from '../../domain/password.ts';
import { trimmedText } from '../../domain/secrets/secret-data.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';

/** Who logs in now, by the component's own Secret. */
export interface CurrentLogin {
  /** The Secret's username. It need not be a role's name, and is empty where the Secret has none. */
  readonly username: string;
  /** The role that the application logs in as; undefined where the Secret names none of the roles that take turns. */
  readonly role: string | undefined;
  /** Only with alternating roles. */
  readonly turn: Turn | undefined;
  /** What CNPG sets the password from: the password itself, or a verifier. */
  readonly held: Password | undefined;
}

export function currentLogin({ data }: Pick<LiveSecret, 'data'>, component: Component): CurrentLogin {
  const username = trimmedText(data, 'username');
  const password = trimmedText(data, 'password');
  const turn = component.strategy === 'alternating' ? turnOf(component, username) : undefined;
  return {
    username,
    role: component.strategy === 'alternating' ? turn?.active.role : component.role,
    turn,
    held: password === '' ? undefined : Password.of(password),
  };
}

/** The application's current credential. @throws RotationError `SecretIncomplete`. */
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
