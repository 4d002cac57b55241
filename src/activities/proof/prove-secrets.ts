import { secretAt, secretObject, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { Password } from '../../domain/password.ts';
import { loginsWith, type SecretLogin } from '../../domain/proofs/secret-logins.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import { answerFor } from '../../domain/secret-plan/answers.ts';
import { textsOf, type SecretData } from '../../domain/secrets/secret-data.ts';
import type { Dependencies } from '../dependencies.ts';

/*
 * The proof that a role can log in is made with the password of the staging Secret. What the application's pods make of
 * their Secrets is another question: a place may have kept another user, or names another database or a Pooler. So the
 * live Secrets are read back, and every login that they describe with the password is made, as a pod would make it.
 */

/** A login of a Secret that PostgreSQL or PgBouncer refuses. */
export interface RefusedSecret {
  readonly secret: string;
  readonly login: SecretLogin;
  readonly sqlState: string;
}

export interface SecretsTried {
  /** The Secrets whose logins were made, each with their number. */
  readonly tried: readonly { readonly secret: string; readonly logins: number }[];
  readonly refused: readonly RefusedSecret[];
  /** Logins that PostgreSQL let in and whose database it then refused, as sentences. */
  readonly noDatabase: readonly string[];
}

/** Makes every login of the Secrets with this password. @param role whose password it is. */
export async function trySecrets(
  deps: Pick<Dependencies, 'secrets' | 'poolers' | 'login' | 'loginThrough'>,
  rotation: Pick<RotationRef, 'component' | 'poolers'>,
  secrets: readonly string[],
  { role, password }: { readonly role: string; readonly password: Password },
): Promise<SecretsTried> {
  const { component, poolers = [] } = rotation;
  const all = await Promise.all(
    secrets.map(async (secret) => {
      const { namespace, name } = secretAt(component, secret);
      const live = await deps.secrets.find(namespace, name);
      if (live === undefined) return { secret, logins: [] };
      const read = toTexts(component, secret, live.data);
      const logins = loginsWith(password, read, component, { role, poolers: poolers.map((one) => one.name) });
      const made = await Promise.all(logins.map(async (login) => ({ login, ...(await make(deps, rotation, login)) })));
      return { secret, logins: made };
    }),
  );
  return {
    tried: all.flatMap(({ secret, logins }) => (logins.length === 0 ? [] : [{ secret, logins: logins.length }])),
    refused: all.flatMap(({ secret, logins }) =>
      logins.flatMap(({ login, sqlState }) => (sqlState === undefined ? [] : [{ secret, login, sqlState }])),
    ),
    noDatabase: all.flatMap(({ secret, logins }) =>
      logins.flatMap(({ login, said }) =>
        said === undefined ? [] : [`${secretObject(component, secret)}, ${login.where}: ${said}`],
      ),
    ),
  };
}

/** Whether the same place of the Secret, as it was before, was refused as well. Both roles can log in meanwhile. */
export async function wasRefusedBefore(
  deps: Pick<Dependencies, 'secrets' | 'poolers' | 'login' | 'loginThrough'>,
  rotation: Pick<RotationRef, 'component' | 'poolers'>,
  { secret, login }: RefusedSecret,
  before: { readonly data: SecretData; readonly role: string; readonly password: Password },
): Promise<boolean> {
  const { component, poolers = [] } = rotation;
  const read = toTexts(component, secret, before.data);
  const { role, password } = before;
  const logins = loginsWith(password, read, component, { role, poolers: poolers.map((one) => one.name) });
  const same = logins.find(({ place }) => place.key === login.place.key && place.within === login.place.within);
  return same !== undefined && (await make(deps, rotation, same)).sqlState !== undefined;
}

export function toTexts(component: Component, secret: string, data: SecretData) {
  const { templates } = answerFor(component, secret, []);
  return { texts: textsOf(data), templates, namespace: secretAt(component, secret).namespace };
}

/** `sqlState`: the login is refused. `said`: the login is accepted, and its database is not. */
async function make(
  deps: Pick<Dependencies, 'poolers' | 'login' | 'loginThrough'>,
  { component, poolers = [] }: Pick<RotationRef, 'component' | 'poolers'>,
  { username, password, database, pooler: name }: SecretLogin,
): Promise<{ readonly sqlState?: string; readonly said?: string }> {
  const at = { ...component, database };
  const pooler = poolers.find((one) => one.name === name);
  const [pod] = pooler === undefined ? [] : await deps.poolers.readyPods(component.namespace, pooler.name);
  try {
    const outcome =
      pooler === undefined || pod === undefined
        ? await deps.login(at, { username, password })
        : await deps.loginThrough(at, { ...pooler, pod }, { username, password });
    return outcome.accepted ? {} : { sqlState: outcome.sqlState };
  } catch (error) {
    const { type, message } = RotationError.from(error);
    if (type !== 'DatabaseAbsent') throw error;
    return { said: message };
  }
}

/** What is wrong with a login of a Secret, and what to do. */
export function refusedSecret(component: Component, { secret, login, sqlState }: RefusedSecret): string {
  const { where, username, database, pooler } = login;
  const through = pooler === undefined ? 'PostgreSQL' : `PgBouncer of Pooler ${component.namespace}/${pooler}`;
  return `${secretObject(component, secret)}, ${where}: ${through} refuses the login that the Secret describes, as "${username}" to database "${database}" (SQLSTATE ${sqlState}). Whoever reads the Secret is refused too. Look where the Secret says who logs in, and with which password.`;
}
