import pg from 'pg';
import { Password } from '../../../src/domain/password.ts';
import { scramVerifier } from '../../../src/postgres/scram.ts';
import type { ManagedRole } from './cluster.ts';
import type { DatabaseRole, RoleAction } from './role-actions.ts';

const { escapeIdentifier: quoted, escapeLiteral: literal } = pg;

const VERIFIER = /^SCRAM-SHA-256\$\d+:/;

export async function readRoles(client: pg.Client): Promise<readonly DatabaseRole[]> {
  const { rows } = await client.query<Omit<DatabaseRole, 'validUntil'> & { validUntil: number | null }>(`
    SELECT rolname AS name, rolcanlogin AS login, rolsuper AS superuser, rolcreatedb AS createdb,
           rolcreaterole AS createrole, rolinherit AS inherit, rolreplication AS replication,
           rolbypassrls AS bypassrls, rolconnlimit AS "connectionLimit",
           CASE WHEN rolvaliduntil = 'infinity' THEN NULL ELSE extract(epoch FROM rolvaliduntil)::float8 END AS "validUntil",
           ARRAY(SELECT role.rolname::text FROM pg_auth_members member JOIN pg_roles role ON role.oid = member.roleid
                  WHERE member.member = pg_authid.oid ORDER BY 1) AS "memberOf",
           rolpassword IS NOT NULL AS "hasPassword", pg_authid.xmin::text::int AS "transactionId"
      FROM pg_authid`);
  return rows.map(({ validUntil, ...role }) => ({ ...role, ...(validUntil !== null && { validUntil }) }));
}

/** @param password of its Secret, trimmed as CNPG does. */
export function statements(
  action: RoleAction,
  role: ManagedRole,
  password: string,
  { hashes }: { readonly hashes: boolean },
): readonly string[] {
  const name = quoted(role.name);
  switch (action.kind) {
    case 'create':
      return [`CREATE ROLE ${name} ${options(role)}`];
    case 'alter':
      return [`ALTER ROLE ${name} ${options(role)}`];
    case 'password':
      return [passwordStatement(role.name, password, { hashes })];
    case 'drop-password':
      return [`ALTER ROLE ${name} PASSWORD NULL`];
    case 'drop':
      return [`DROP ROLE ${name}`];
    case 'memberships':
      return [
        ...action.grant.map((other) => `GRANT ${quoted(other)} TO ${name}`),
        ...action.revoke.map((other) => `REVOKE ${quoted(other)} FROM ${name}`),
      ];
  }
}

/** Versions with the fix send a verifier, others the password as it is. A verifier in the Secret goes as it is anyway. */
export function passwordStatement(role: string, password: string, { hashes }: { readonly hashes: boolean }): string {
  const value = hashes && !VERIFIER.test(password) ? scramVerifier(Password.of(password)) : password;
  return `ALTER ROLE ${quoted(role)} PASSWORD ${literal(value)}`;
}

function options(role: ManagedRole): string {
  const flag = (name: string, on: boolean): string => `${on ? '' : 'NO'}${name}`;
  return [
    flag('LOGIN', role.login),
    flag('SUPERUSER', role.superuser),
    flag('CREATEDB', role.createdb),
    flag('CREATEROLE', role.createrole),
    flag('INHERIT', role.inherit),
    flag('REPLICATION', role.replication),
    flag('BYPASSRLS', role.bypassrls),
    `CONNECTION LIMIT ${role.connectionLimit}`,
    `VALID UNTIL ${literal(role.validUntil ?? 'infinity')}`,
  ].join(' ');
}
