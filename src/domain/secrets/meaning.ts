import type { Meaning } from './place.ts';

/*
 * The meaning of a name: the last words of a key decide, and the words before them are the label.
 *
 *   GF_DATABASE_PASSWORD           gf_database  password
 *   spring.datasource.username     spring_datasource  user
 *   PGPASSWORD, dbPassword         pg, db       password
 *   password_hash, API_KEY         nothing
 */

/** The ends of a name, longer ends first. For users, the name of a login comes before its rights (`role: admin`). */
const ENDS: readonly (readonly [Meaning, readonly string[]])[] = [
  ['password', ['pass word', 'pass phrase', 'password', 'passwd', 'pass', 'pwd', 'passphrase', 'pw', 'pswd']],
  ['user', ['user name', 'login name', 'role name', 'username', 'user', 'usr', 'login', 'role']],
  [
    'host',
    ['host name', 'host addr', 'data source', 'host', 'hostaddr', 'hostname', 'server', 'addr', 'address', 'endpoint'],
  ],
  ['database', ['database name', 'db name', 'initial catalog', 'dbname', 'database', 'dbn', 'db']],
];

const END_OF = new Map(ENDS.flatMap(([meaning, ends]) => ends.map((end, rank) => [end, { meaning, rank }] as const)));

/** Names without a separator: `PGUSER`, `dbpass`, and any word before `password`. */
const FUSED =
  /^(?:([a-z0-9]{2,})(password|passwd)|(db|pg|pgsql|postgres|postgresql|mysql|mariadb|redis|mongo|mongodb|smtp|mail|ldap|amqp|rabbitmq)(pass|pwd|user|username|host|hostname|hostaddr|database|dbname))$/;

/** A flag about passwords is no password: `ALLOW_EMPTY_PASSWORD`. */
const FLAG = /^(?:allow|enable|enabled|require|required|has|is|use|show|min|max|empty|no|reset|forgot|ssl)$/;

export interface NameMeaning {
  readonly meaning: Meaning;
  readonly label: readonly string[];
  readonly rank: number;
}

export function wordsOf(name: string): readonly string[] {
  return name
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

export function meaningOf(name: string): NameMeaning | undefined {
  const words = [...wordsOf(name)];
  // DB_PASSWORD_2 is the password of the login db_2.
  const number = words.length > 1 && /^\d+$/.test(words.at(-1) ?? '') ? words.splice(-1) : [];
  const found = endOf(words);
  if (found === undefined) return undefined;
  if (found.meaning === 'password' && found.label.some((word) => FLAG.test(word))) return undefined;
  return { ...found, label: [...withoutUrl(found.label), ...number] };
}

/** KC_DB_URL_HOST and KC_DB_URL belong to the login kc_db. */
export function withoutUrl(words: readonly string[]): readonly string[] {
  const last = words.findLastIndex((word) => !/^(?:url|uri|jdbc|dsn|connection|string)$/.test(word));
  return words.slice(0, last + 1);
}

function endOf(words: readonly string[]): NameMeaning | undefined {
  for (const length of [2, 1]) {
    if (words.length < length) continue;
    const end = END_OF.get(words.slice(-length).join(' '));
    if (end !== undefined) return { ...end, label: words.slice(0, -length) };
  }
  // A pgpass is a file of passwords.
  const fused = words.at(-1) === 'pgpass' ? null : FUSED.exec(words.at(-1) ?? '');
  const end = END_OF.get(fused?.[2] ?? fused?.[4] ?? '');
  return end && { ...end, label: [...words.slice(0, -1), fused?.[1] ?? fused?.[3] ?? ''] };
}

/** Whether a name says that its value is base64. */
export function saysBase64(name: string): boolean {
  return /^(?:base64|b64)$/.test(wordsOf(name.replace(/base64/i, '_base64')).at(-1) ?? '');
}

/** Whether a name says that its value is `user:password`, usually in base64. */
export function saysAuthorization(name: string): boolean {
  return /^(?:auth|basicauth|authorization)$/.test(wordsOf(name).at(-1) ?? '');
}

/**
 * Whether a text only refers to another text: `${DB_PASSWORD}`, Kubernetes' `$(PGPASSWORD)`, Helm's and Jinja's
 * `{{ … }}`, a shell's `$DB_PASSWORD`, Grafana's `$__file{…}`, configparser's `%(x)s`, SOPS' and Jasypt's `ENC[…]` and `ENC(…)`.
 */
export function isReference(text: string): boolean {
  return /^(?:\$\{[^{}]*\}|\$\([A-Za-z_][\w.-]*\)|\{\{.*\}\}|\$__\w+\{.*\}|%\([\w.-]+\)s|ENC[[(].*[\])]|\$[A-Z][A-Z0-9_]{2,})$/s.test(
    text,
  );
}
