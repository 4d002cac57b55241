import type { Credential } from '../domain/password.ts';
import { judgedObjects, OWN_SEARCH_PATH } from './held-by-logins.ts';
import { sqlStateOf, withLogin, type LoginTarget } from './login.ts';

/** What a login role gave to the owner. */
export interface GivenBack {
  /** `table public.orders`. */
  readonly given: readonly string[];
  /** What PostgreSQL did not let the role give, such as `table public.orders (SQLSTATE 55P03)`. */
  readonly kept: readonly string[];
}

/** `ALTER … OWNER TO` locks the object. Whoever uses the object waits behind our wait, so our wait is short. */
const LOCK_TIMEOUT_MS = 1_000;

/**
 * Gives the objects that the credential's role owns in this database to the owner, one by one.
 * @returns undefined when the credential is refused.
 */
export async function giveBackObjects(
  target: LoginTarget,
  credential: Credential,
  owner: string,
): Promise<GivenBack | undefined> {
  const answer = await withLogin(target, credential, async (client) => {
    await client.query(OWN_SEARCH_PATH);
    // As the owner the session could not give away what its own role owns.
    await client.query('SET ROLE NONE');
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const { rows } = await client.query<{ name: string; statement: string }>(
      `${judgedObjects(owner, [credential.username])}
       SELECT kind || ' ' || identity AS name,
              format('ALTER %s %s OWNER TO %I', upper(kind), identity, owner_name) AS statement
         FROM judged WHERE returnable ORDER BY kind <> 'table', identity`,
    );
    const given: string[] = [];
    const kept: string[] = [];
    for (const { name, statement } of rows) {
      try {
        await client.query(statement);
        given.push(name);
      } catch (error) {
        const sqlState = sqlStateOf(error);
        if (sqlState === undefined) throw error;
        kept.push(`${name} (SQLSTATE ${sqlState})`);
      }
    }
    return { given, kept };
  });
  return 'sqlState' in answer ? undefined : answer;
}
