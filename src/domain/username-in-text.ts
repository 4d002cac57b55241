import { inAnyEncoding } from './any-encoding.ts';
import type { Credential } from './password.ts';

/*
 * Where a role's name in a Secret means who logs in, and where the same word means a database, a host or an owner.
 * Only the former changes when another role takes over, and a component's role, database and Service are often called
 * the same.
 *
 *   username, user, DATABASE_USER, PGUSER, role      the whole value of such a key
 *   postgresql://litellm_a:<password>@host/litellm_a the user of a URI with the password; of PostgreSQL's without one too
 *   host:5432:litellm_a:litellm_a:<password>         the fourth field of a pgpass line
 *   user=litellm_a dbname=litellm_a password=…       such a key within a text: a DSN, a query, an env file, JSON, YAML
 */

/** How a key, or a name within a text, ends when it says who logs in. */
const USER_KEY = '(?:user|user[-_]?name|login|role)';
const USER_KEY_AT_END = new RegExp(`${USER_KEY}$`, 'i');

/** Whether the text of a key, which holds no password, is the role's name in the sense of a user. */
export function isUsername(key: string, text: string, username: string): boolean {
  return text.trim() === username && USER_KEY_AT_END.test(key);
}

/**
 * The text with the user's name changed wherever it means who logs in.
 * @param holdsPassword whether the old password stands somewhere in it: without it only a URI of PostgreSQL is taken
 *   for a login.
 */
export function replaceUsername(text: string, from: Credential, to: Credential, holdsPassword: boolean): string {
  const user = inAnyEncoding(from.username);
  const password = inAnyEncoding(from.password.reveal());
  const encoded = encodeURIComponent(to.username);
  const inUris = text
    .replace(new RegExp(`(://)${user}(?=:${password}@)`, 'g'), (_, head: string) => head + encoded)
    .replace(new RegExp(`(postgres(?:ql)?(?:\\+\\w+)?://)${user}(?=:?@)`, 'gi'), (_, head: string) => head + encoded)
    .replace(
      new RegExp(`(postgres(?:ql)?(?:\\+\\w+)?://[^\\s"']*[?&]user=)${user}(?=[&\\s"']|$)`, 'gi'),
      (_, head: string) => head + encoded,
    );
  if (!holdsPassword) return inUris;
  return inUris
    .replace(
      new RegExp(`^((?:[^:\\n]*:){3})${user}(?=:${password}\\s*$)`, 'gm'),
      (_, head: string) => head + to.username,
    )
    .replace(
      new RegExp(`(${USER_KEY}["']?\\s*[=:]\\s*["']?)${user}(?=["'\\s,;&}]|$)`, 'gi'),
      (_, head: string) => head + to.username,
    );
}
