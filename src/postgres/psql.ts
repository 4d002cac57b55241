import pg from 'pg';

/** The first complaint of psql. Our psql prints terse messages, which quote no SQL. */
export function firstComplaint(stderr: string): string {
  return stderr.split('\n').find((line) => line.trim() !== '') ?? 'psql said nothing';
}

/** psql takes such a name for a whole connection string (`recognized_connection_string` in psql's command.c). */
const LIKE_A_CONNECTION = /=|^postgres(?:ql)?:\/\//;

/** The line of a script for psql that goes on in another database, whatever the database's name. */
export function connectTo(database: string): string {
  if (!LIKE_A_CONNECTION.test(database)) return `\\connect ${pg.escapeIdentifier(database)}`;
  const conninfo = `dbname='${database.replace(/[\\']/g, '\\$&')}'`;
  return `\\connect -reuse-previous=on ${pg.escapeIdentifier(conninfo)}`;
}

/** An anonymous block. No name within can end the block, because the tag is a text that no name has. */
export function block(body: string): string {
  let tag = '$block$';
  for (let number = 2; body.includes(tag); number += 1) tag = `$block${number}$`;
  return `DO ${tag}\n${body}\n${tag};`;
}

/** Whoever owns the database may have given it a search_path with functions of its own before those of PostgreSQL. */
export const OWN_SEARCH_PATH = 'SET search_path = pg_catalog';

/**
 * The settings under which a script of the superuser says what it says. Whoever owns the database may have given its
 * sessions a search_path, another role to act as (`ALTER DATABASE … SET role`), or texts in which a backslash escapes.
 */
export const OWN_SESSION = `SET ROLE NONE;
${OWN_SEARCH_PATH};
SET standard_conforming_strings = on;`;

/** The script goes on in another database, as the superuser. */
export function inDatabase(database: string): string {
  return `${connectTo(database)}\n${OWN_SESSION}`;
}
