import { setTimeout as sleep } from 'node:timers/promises';
import type { Credential } from '../domain/password.ts';
import { SAMPLE_MS } from '../domain/budgets.ts';
import { APPLICATION_NAME, withLogin, type LoginTarget } from './login.ts';

/**
 * The addresses from which the credential's role is logged in, seen by many looks in a row: a client that logs in for
 * each request is there for milliseconds.
 * @param wanted the look ends when all of these addresses were seen.
 * @returns undefined when the credential is refused.
 */
export async function sampleClients(
  target: LoginTarget,
  credential: Credential,
  wanted: readonly string[],
): Promise<readonly string[] | undefined> {
  const answer = await withLogin(target, credential, async (client) => {
    // A role that acts as another role has that role's rights until `SET ROLE NONE`, and sees its sessions alone.
    await client.query('SET ROLE NONE');
    const until = Date.now() + SAMPLE_MS.whole;
    const seen = new Set<string>();
    for (;;) {
      const { rows } = await client.query<{ client: string }>(
        `SELECT DISTINCT host(client_addr) AS client FROM pg_stat_activity
          WHERE usename = $1 AND client_addr IS NOT NULL AND application_name IS DISTINCT FROM $2`,
        [credential.username, APPLICATION_NAME],
      );
      for (const row of rows) seen.add(row.client);
      if (Date.now() >= until || wanted.every((address) => seen.has(address))) return { seen: [...seen] };
      await sleep(SAMPLE_MS.each);
    }
  });
  return 'sqlState' in answer ? undefined : answer.seen;
}
