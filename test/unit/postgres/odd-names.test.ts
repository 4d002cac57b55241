import { defaultAlternating } from '../../../src/domain/alternating-names.ts';
import { Password } from '../../../src/domain/password.ts';
import { heldByLoginsScript, parseHeldByLogins } from '../../../src/postgres/held-by-logins.ts';
import { actAsOwnerScript, DONE, dropScript, releaseScript } from '../../../src/postgres/login-roles.ts';
import { block, connectTo } from '../../../src/postgres/psql.ts';
import { parseRoleFacts, roleFactsScript } from '../../../src/postgres/role-facts.ts';
import { alterRoleScript, ALTERED } from '../../../src/postgres/alter-role.ts';
import { readActingRoles } from '../../../src/postgres/acting-roles.ts';
import { scramVerifier } from '../../../src/postgres/scram.ts';
import { LITELLM } from '../../harness/examples.ts';
import { TestPostgres } from '../../harness/activities/test-postgres.ts';

const PASSWORD = Password.of('old-password-0123456789');
let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await TestPostgres.start();
}, 60_000);
afterAll(() => postgres.stop());

async function run(script: string): Promise<string> {
  const { succeeded, stdout, stderr } = await postgres.psql(LITELLM, '', script);
  if (!succeeded) throw new Error(stderr);
  return stdout;
}

/** Role and database. */
const NAMES: readonly (readonly [string, string])[] = [
  ['Li te.LLM-1', 'My db'],
  [`it's "so"`, `it's "db"`],
  ['$block$; DROP TABLE x; --', 'a=b'],
  ['back\\slash', "a=b\\c'd"],
  ['é'.repeat(31), 'postgres://x'],
  ['🐘:/@%20', 'dbname=postgres'],
  ['$1', ':cron_jobs'],
];

describe.each(NAMES)('with the role %s and the database %s', (owner, database) => {
  const logins = defaultAlternating({ name: 'litellm', role: owner }).logins.map(({ role }) => role);
  const [a = '', b = ''] = logins;
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

  it('every script of an adoption does what it says, and nothing else', async () => {
    await postgres.sql(
      `CREATE ROLE ${quoted(owner)} LOGIN`,
      `CREATE DATABASE ${quoted(database)} OWNER ${quoted(owner)}`,
      `ALTER ROLE ${quoted(owner)} IN DATABASE ${quoted(database)} SET search_path = "$user", "Odd schema", public`,
      ...logins.map((login) => `CREATE ROLE ${quoted(login)} LOGIN IN ROLE ${quoted(owner)}`),
    );
    expect(await run(actAsOwnerScript(owner, logins))).toContain(DONE);
    expect(await run(alterRoleScript(a, scramVerifier(PASSWORD), Date.now() / 1_000))).toContain(ALTERED);

    const facts = parseRoleFacts(await run(roleFactsScript(owner, logins, database)));
    expect(facts.ownedIn).toEqual([{ database, objects: 1 }]);
    expect(facts.roles.find(({ name }) => name === a)?.memberOf).toEqual([owner]);

    const credential = { username: a, password: PASSWORD };
    const acting = await readActingRoles(postgres.target(database), credential, [owner, ...logins]);
    expect(acting?.map(({ name, actsAs }) => [name, actsAs]).sort()).toEqual(
      [
        [owner, undefined],
        [a, owner],
        [b, owner],
      ].sort(),
    );

    await postgres.server.asSuperuser(database, async (client) => {
      await client.query(`CREATE TABLE kept (); ALTER TABLE kept OWNER TO ${quoted(a)}`);
    });
    const { held } = parseHeldByLogins(await run(heldByLoginsScript(owner, logins, database)));
    expect(held).toMatchObject([{ role: a, database, kind: 'table', returnable: true }]);

    expect(await run(releaseScript(owner, logins, [database]))).toContain(DONE);
    expect(await run(dropScript(logins))).toContain(DONE);
    const after = parseRoleFacts(await run(roleFactsScript(owner, logins, database)));
    expect([after.roles.map(({ name }) => name), after.ownedIn]).toEqual([[owner], [{ database, objects: 2 }]]);
  });
});

describe('a script for psql', () => {
  it('goes on in a database whose name is no connection string, and in one whose name is like one', () => {
    expect(connectTo('My "db"')).toBe('\\connect "My ""db"""');
    expect(connectTo(`a=b\\c'd"e`)).toBe(`\\connect -reuse-previous=on "dbname='a=b\\\\c\\'d""e'"`);
  });

  it('has blocks that no name ends', () => {
    expect(block("'$block$'")).toBe("DO $block2$\n'$block$'\n$block2$;");
  });
});
