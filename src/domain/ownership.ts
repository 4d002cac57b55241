import type { Component } from './component.ts';
import { blocking, warning, type Verdict } from './finding.ts';
import { identifier, literal } from './text/sql.ts';

/*
 * With alternating roles the owner keeps the tables, and both login roles act as the owner. An object that a login role
 * owns, or that names a login role, changes hands with the next turn. So the rotation looks for such objects before and
 * after each turn.
 */

/** What PostgreSQL keeps under the names of the login roles. */
export interface HeldByLogins {
  /** PostgreSQL's `server_version_num`, such as 170005. */
  readonly serverVersion: number;
  readonly held: readonly Held[];
  /** What the look could not see, such as `the options of user mappings`; empty where nothing is hidden. */
  readonly unseen: readonly string[];
}

/** Objects of one kind that one login role holds in one database. */
export interface Held {
  readonly role: string;
  /** Absent for objects of the whole server, such as a database or a subscription. */
  readonly database?: string;
  /**
   * For an owned object PostgreSQL's own word, such as `table`; `object` in a database that the look did not enter.
   * `connection string` and `options of a user mapping` hold the role's name as a text.
   */
  readonly kind: string;
  /** The role may give the objects to the owner by itself. */
  readonly returnable: boolean;
  readonly objects: number;
  /** The first names, as PostgreSQL writes them. */
  readonly names: readonly string[];
  /** SQL that frees the objects from the role, where REASSIGN OWNED does not. */
  readonly statements: readonly string[];
}

/** Objects that refer to a login role. They block, because only one of the two roles has what they give. */
const REFERRING: ReadonlySet<string> = new Set(['default privileges', 'policy', 'user mapping']);
/** Objects that use the login role's name, and that a turn does not break for certain. */
const MENTIONING: ReadonlySet<string> = new Set(['connection string', 'job of pg_cron', 'options of a user mapping']);

export function isOwned({ kind }: Held): boolean {
  return !REFERRING.has(kind) && !MENTIONING.has(kind);
}

/** Whether the rotation gives objects of the login roles to the owner; the catalogue may forbid it. */
export function givesBack({ alternating }: Pick<Component, 'alternating'>): boolean {
  return alternating.giveBack !== false;
}

/** What there is for the rotation to give to the owner. */
export function returnableAmong(component: Component, { held }: HeldByLogins): readonly Held[] {
  return givesBack(component) ? held.filter((one) => one.returnable && isOwned(one)) : [];
}

/** What a command needs to name. */
export interface Where {
  readonly component: Component;
  /** The pod of the primary; absent where it is not known. */
  readonly primary?: string;
}

/** The objects that a login role owns: the rotation gives them to the owner, or a person has to. */
export function judgeOwned(where: Where, seen: HeldByLogins): Verdict | undefined {
  const { component } = where;
  const { owner } = component.alternating;
  const owned = seen.held.filter(isOwned);
  const returned = new Set(returnableAmong(component, seen));
  const stuck = owned.filter((one) => !returned.has(one));
  const reassign = (held: readonly Held[]): string =>
    commands(where, held, ({ role }) => [`REASSIGN OWNED BY ${identifier(role)} TO ${identifier(owner)}`]);
  if (stuck.length > 0) {
    const why = givesBack(component) ? '' : ' "giveBack: false" in the catalogue forbids the rotation to give it back.';
    return blocking(
      `${describeAll(stuck)}. After the turn the application acts as "${owner}" and could no longer use it.${why}`,
      reassign(owned),
    );
  }
  if (returned.size === 0) return undefined;
  return warning(
    `${describeAll([...returned])}, because a session of the role no longer acted as "${owner}" (DISCARD ALL, RESET ALL, SET ROLE NONE).`,
    `A rotation gives that to "${owner}" before the application moves. At once: ${reassign([...returned])}`,
  );
}

/** The objects that name a login role without being owned by the role, and what nobody could look at. */
export function judgeMentions(where: Where, { held, unseen }: HeldByLogins): Verdict | undefined {
  const { owner } = where.component.alternating;
  const referring = held.filter(({ kind }) => REFERRING.has(kind));
  const mend = (some: readonly Held[]): string => commands(where, some, ({ statements }) => statements);
  if (referring.length > 0) {
    return blocking(
      `${describeAll(referring)}. The other login role does not have what this gives, so the turn takes it from the application.`,
      [mend(referring), lookThere(where, referring)].filter((part) => part !== '').join(' '),
    );
  }
  const mentioning = held.filter(({ kind }) => MENTIONING.has(kind));
  const hidden = unseen.length === 0 ? '' : `Whether a login role is named there was not seen: ${unseen.join(', ')}.`;
  if (mentioning.length > 0) {
    const toMend = mentioning.filter(({ statements }) => statements.length > 0);
    return warning(
      `${describeAll(mentioning)}. A password there ends with the turn, and an undoing drops the role. ${hidden}`.trim(),
      toMend.length === mentioning.length
        ? mend(toMend)
        : `Name "${owner}", or a role of its own, there. ${mend(toMend)}`.trim(),
    );
  }
  if (hidden === '') return undefined;
  return warning(
    hidden,
    'The right to exec into pods ("cnpg-rotate rights --exec") lets the rotation look as the superuser.',
  );
}

/** What shows such objects of a role in the database that has them. */
const SHOWING: Readonly<Record<string, (role: string) => string>> = {
  policy: (role) => `SELECT schemaname, tablename, policyname, roles FROM pg_policies WHERE ${role} = ANY (roles)`,
  'default privileges': (role) => `SELECT * FROM pg_default_acl WHERE pg_get_userbyid(defaclrole) = ${role}`,
  'user mapping': (role) => `SELECT srvname FROM pg_user_mappings WHERE usename = ${role}`,
};

/** From one database nobody sees what an object of another one says. */
function lookThere(where: Where, referring: readonly Held[]): string {
  const unread = referring.filter(({ statements }) => statements.length === 0);
  if (unread.length === 0) return '';
  const show = commands(where, unread, ({ kind, role }) => {
    const query = SHOWING[kind]?.(literal(role));
    return query === undefined ? [] : [query];
  });
  return `Find them, and give them to "${where.component.alternating.owner}" or drop them: ${show}`;
}

/** `Login role "litellm_a" owns table public.orders in database "litellm"`, for each role. */
function describeAll(held: readonly Held[]): string {
  const roles = [...new Set(held.map(({ role }) => role))];
  return roles
    .map(
      (role) =>
        `"${role}" has ${held
          .filter((one) => one.role === role)
          .map(describe)
          .join('; ')}`,
    )
    .join(', and ');
}

function describe({ kind, objects, names, database }: Held): string {
  const more = objects - names.length;
  const what =
    names.length === 0
      ? `${objects} of kind ${kind}`
      : `${kind} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${what}${database === undefined ? '' : ` in database "${database}"`}`;
}

/** One command for each database. */
function commands(where: Where, held: readonly Held[], sql: (one: Held) => readonly string[]): string {
  const databases = [...new Set(held.map(({ database = where.component.database }) => database))];
  return databases
    .flatMap((database) => {
      const here = held.filter((one) => (one.database ?? where.component.database) === database);
      const statements = [...new Set(here.flatMap(sql))];
      return statements.length === 0 ? [] : [psqlCommand(where, database, statements)];
    })
    .join(' && ');
}

/** psql takes a name with `=` or `://` for a connection string, so such a name stands in one. */
function conninfo(database: string): string {
  return /=|:\/\//.test(database) ? `dbname='${database.replace(/[\\']/g, '\\$&')}'` : database;
}

function shellWord(text: string): string {
  return /^[\w-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command by which a person runs SQL as the superuser. */
export function psqlCommand(
  { component: { namespace }, primary = '<primary>' }: Where,
  database: string,
  statements: readonly string[],
): string {
  const sql = statements.join('; ').replace(/["\\$`]/g, '\\$&');
  const where = database === 'postgres' ? '' : ` -d ${shellWord(conninfo(database))}`;
  return `kubectl -n ${namespace} exec ${primary} -c postgres -- psql -U postgres${where} -c "${sql}"`;
}
