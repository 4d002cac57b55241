import type { Password } from '../password.ts';

/*
 * Where the parts of a login stand in named texts: in a Secret's data, or in a container's environment.
 *
 *   {DATABASE_URL: "postgresql://litellm:s3cr3t@litellm-postgresql-rw:5432/litellm"}
 *                               user    password host                      database
 *
 * A place is named by the key and by the way to it within the key's value. A place says nothing of what stands there,
 * so it may be shown, logged and kept in a workflow's history.
 */

/** The meaning of a text in a login. */
export type Meaning = 'password' | 'user' | 'host' | 'database';

export interface Place {
  /** The key of the Secret's data, or the name of the environment variable. */
  readonly key: string;
  /**
   * The way from the whole value to the text, for a person and for `rewrite`: empty for the whole value, else such as
   * `JSON db.password`, `line 3 URI`, `YAML database.url URI`. With the key and the meaning the way names one text only.
   * The way holds no text of a value: a name in a document that is no plain word stands there as its position.
   */
  readonly within: string;
  readonly meaning: Meaning;
}

/** A password at its place, decoded from its notation. */
export interface PasswordPlace extends Place {
  readonly meaning: 'password';
  readonly password: Password;
}

/** Any other part of a login at its place, decoded. */
export interface TextPlace extends Place {
  readonly text: string;
}

/** One login that the texts describe: a URI, a line of a pgpass file, sibling keys of a Secret or of a document. */
export interface DescribedLogin {
  /**
   * The common words of the keys' names, in lower case and separated by `_`: `smtp` of SMTP_USER and SMTP_PASSWORD, `db`
   * of `db.password`. Empty for the bare keys `username` and `password`, and for a URI or a line.
   */
  readonly label: string;
  /** The scheme of a URI, such as `postgresql` or `redis`, without a driver (`+asyncpg`) and without `jdbc:`. */
  readonly scheme?: string;
  /** Absent where the text has only other parts, such as a URI without a password. Never empty. */
  readonly password?: PasswordPlace;
  readonly user?: TextPlace;
  /** The user comes from another label: it may be somebody else's. */
  readonly lentUser?: true;
  /** Each host without its port, lower case; several for a URI or DSN of several hosts. */
  readonly hosts: readonly TextPlace[];
  readonly database?: TextPlace;
}
