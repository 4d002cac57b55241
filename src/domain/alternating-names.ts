import type { AlternatingRoles, Component } from './component.ts';

/* The names of the roles that take turns, and of their Secrets. */

/** PostgreSQL cuts longer names, so two different long names could become the same. */
export const MAX_IDENTIFIER_BYTES = 63;

/** Roles that PostgreSQL or CNPG has for itself. PostgreSQL reserves the beginning `pg_` too. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['postgres', 'public', 'none', 'current_user', 'session_user', 'current_role'],
  ...['streaming_replica', 'cnpg_pooler_pgbouncer', 'cnpg_metrics_exporter'],
]);

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** The default names for `alternating`. The catalogue may have others. */
export function defaultAlternating({ name, role }: Pick<Component, 'name' | 'role'>): AlternatingRoles {
  return {
    owner: role,
    logins: [
      { role: loginName(role, '_a'), secret: `${name}-a-role` },
      { role: loginName(role, '_b'), secret: `${name}-b-role` },
    ],
  };
}

/** A name that would be too long is cut between two characters. Its checksum tells it from other names with its beginning. */
function loginName(role: string, suffix: string): string {
  if (bytes(role) + bytes(suffix) <= MAX_IDENTIFIER_BYTES) return `${role}${suffix}`;
  const end = `_${checksum(role)}${suffix}`;
  const characters = [...role];
  while (bytes(characters.join('')) + bytes(end) > MAX_IDENTIFIER_BYTES) characters.pop();
  return `${characters.join('')}${end}`;
}

/** FNV-1a of 32 bits, in hexadecimal. Workflow code is replayed, so it has no `node:crypto`. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/**
 * Why the names cannot serve for alternating roles; empty when they can. A component with the strategy `in-place` may
 * have bad names, which nobody uses in place.
 */
export function alternatingProblems({ secret, otherSecrets, alternating }: Component): readonly string[] {
  const { owner, logins } = alternating;
  const roles = [owner, ...logins.map(({ role }) => role)];
  const secrets = logins.map((login) => login.secret);
  const long = roles.filter((role) => bytes(role) > MAX_IDENTIFIER_BYTES);
  const reserved = logins.filter(({ role }) => RESERVED.has(role) || role.startsWith('pg_'));
  const shared = secrets.filter((name) => name === secret || otherSecrets.some((other) => other.name === name));
  return [
    ...long.map((role) => `role "${role}" is longer than ${MAX_IDENTIFIER_BYTES} bytes`),
    ...reserved.map(({ role }) => `PostgreSQL or CNPG has the role name "${role}" for itself`),
    ...(new Set(roles).size === roles.length ? [] : ['the owner and the two login roles need three different names']),
    ...(new Set(secrets).size === secrets.length ? [] : ['each login role needs a Secret of its own']),
    ...shared.map((name) => `Secret "${name}" belongs to the application, so it cannot be a login role's`),
  ];
}

/** Why the source cannot serve for alternating roles, where the user name changes with the password. */
export function alternatingSourceProblem({ gitops }: Pick<Component, 'gitops'>): string | undefined {
  if (gitops?.variable === undefined || gitops.variable.usernameKey !== undefined) return undefined;
  return 'variable needs a usernameKey with alternating roles, whose user name changes with the password: the variable that templates take it from';
}
