import { heldByLoginsScript, parseHeldByLogins, readHeldByLogins } from '../../../src/postgres/held-by-logins.ts';
import { giveBackObjects, type GivenBack } from '../../../src/postgres/give-back.ts';
import type { HeldByLogins } from '../../../src/domain/ownership.ts';
import { Password } from '../../../src/domain/password.ts';
import { LITELLM } from '../examples.ts';
import { TestPostgres } from './test-postgres.ts';

export const LOGINS: readonly string[] = ['litellm_a', 'litellm_b'];
export const CREDENTIAL = { username: 'litellm_a', password: Password.of('old-password-0123456789') };
/** What the application does after `SET ROLE NONE`. */
export const AS_A = 'SET SESSION AUTHORIZATION litellm_a';

/** A real PostgreSQL after an adoption, with a second database and a role of somebody else. */
export class PostgresOfLoginRoles {
  private constructor(readonly postgres: TestPostgres) {}

  static async start(): Promise<PostgresOfLoginRoles> {
    const postgres = await TestPostgres.start();
    await postgres.sql(
      'ALTER DATABASE litellm OWNER TO litellm',
      'CREATE DATABASE other',
      `CREATE ROLE litellm_a LOGIN PASSWORD '${CREDENTIAL.password.reveal()}' IN ROLE litellm`,
      'CREATE ROLE litellm_b LOGIN IN ROLE litellm',
      "ALTER ROLE litellm_a SET role = 'litellm'",
      'CREATE ROLE reader',
    );
    return new PostgresOfLoginRoles(postgres);
  }

  stop(): Promise<void> {
    return this.postgres.stop();
  }

  /** Runs statements as the superuser, in one session. */
  in(database: string, ...statements: readonly string[]): Promise<void> {
    return this.postgres.server.asSuperuser(database, async (client) => {
      // The database's sessions may act as another role.
      for (const one of ['SET ROLE NONE', ...statements]) await client.query(one);
    });
  }

  inLitellm(...statements: readonly string[]): Promise<void> {
    return this.in('litellm', ...statements);
  }

  /** The first column of the first row, as the superuser. */
  async value(database: string, query: string): Promise<unknown> {
    return this.postgres.server.asSuperuser(database, async (client) => {
      const { rows } = await client.query<unknown[]>({ text: query, rowMode: 'array' });
      return rows[0]?.[0];
    });
  }

  /** @throws Error with what psql complained of. */
  async run(script: string): Promise<string> {
    const { succeeded, stdout, stderr } = await this.postgres.psql(LITELLM, '', script);
    if (!succeeded) throw new Error(stderr);
    return stdout;
  }

  async look(): Promise<HeldByLogins> {
    const seen = await readHeldByLogins(this.postgres.target(), CREDENTIAL, 'litellm', LOGINS);
    if (seen === undefined) throw new Error('the login was refused');
    return seen;
  }

  async lookAsSuperuser(): Promise<HeldByLogins> {
    return parseHeldByLogins(await this.run(heldByLoginsScript('litellm', LOGINS, 'litellm')));
  }

  give(): Promise<GivenBack | undefined> {
    return giveBackObjects(this.postgres.target(), CREDENTIAL, 'litellm');
  }
}
