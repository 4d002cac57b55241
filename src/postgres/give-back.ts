import { GIVE_BACK_LOCK_MS, GIVE_BACK_ROUND_MS, GIVE_BACK_WAITS } from '../domain/budgets.ts';
import type { Credential } from '../domain/password.ts';
import { GIVING, judgedObjects } from './held-by-logins.ts';
import { sqlStateOf, withLogin, type LoginTarget } from './login.ts';
import { OWN_SEARCH_PATH } from './psql.ts';

/** What a login role gave to the owner. */
export interface GivenBack {
  /** `table public.orders`. */
  readonly given: readonly string[];
  /** What PostgreSQL did not let the role give, such as `table public.orders (SQLSTATE 55P03)`. */
  readonly kept: readonly string[];
  /** Objects for which there was no time in this round; absent where there was. */
  readonly untried?: number;
}

const LOCK_NOT_AVAILABLE = '55P03';

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
    await client.query(`SET lock_timeout = ${GIVE_BACK_LOCK_MS}`);
    const { rows } = await client.query<{ name: string; statement: string }>(
      `${judgedObjects(owner, [credential.username])}
       SELECT kind || ' ' || identity AS name, ${GIVING} AS statement
         FROM judged WHERE returnable ORDER BY kind <> 'table', identity`,
    );
    const given: string[] = [];
    const kept: string[] = [];
    let waits = 0;
    const end = performance.now() + GIVE_BACK_ROUND_MS;
    for (const [index, { name, statement }] of rows.entries()) {
      if (performance.now() > end) return { given, kept, untried: rows.length - index };
      if (waits === GIVE_BACK_WAITS) {
        kept.push(...rows.slice(index).map((row) => `${row.name} (not tried)`));
        break;
      }
      try {
        await client.query(statement);
        given.push(name);
      } catch (error) {
        const sqlState = sqlStateOf(error);
        if (sqlState === undefined) throw error;
        if (sqlState === LOCK_NOT_AVAILABLE) waits += 1;
        kept.push(`${name} (SQLSTATE ${sqlState})`);
      }
    }
    return { given, kept };
  });
  return 'sqlState' in answer ? undefined : answer;
}
