import type { DescribedLogin } from '../secrets/index.ts';
import { judgeHosts } from './hosts.ts';
import type { SecretWorld } from './world.ts';

/**
 * Whose a described login is, according to its user, hosts and key names.
 *
 * `ours`: the role's user at the component's Cluster. `named`: the role's user, without a host. `at our host`: a host of
 * the component's Cluster, without a user. `elsewhere`: the role's user at an unknown host. `another`: somebody else's
 * login, with the reason. `of another service`: the keys' names mean another service, and no host is the Cluster's.
 * `silent`: neither a user nor a host.
 */
export type Whose =
  | { readonly kind: 'ours' | 'named' | 'at our host' | 'elsewhere' | 'of another service' | 'silent' }
  | { readonly kind: 'another'; readonly why: string };

/** Schemes of URIs that PostgreSQL's drivers read. The driver of `ecto` reads several databases. */
const POSTGRESQL: ReadonlySet<string> = new Set(
  'postgres postgresql pgsql pdo-pgsql pdo_pgsql psql postgis timescale ecto'.split(' '),
);

/** These words in a key's name mean another service. The key's value is then no login at PostgreSQL. */
const OTHER_SERVICES: ReadonlySet<string> = new Set(
  (
    'smtp mail mailer email imap redis valkey dragonfly keydb memcached rabbitmq amqp kafka nats mongo mongodb mysql ' +
    'mariadb mssql oracle clickhouse elastic elasticsearch opensearch influx influxdb neo4j cassandra s3 minio ldap oidc ' +
    'oauth oauth2 saml github gitlab slack telegram proxy registry docker admin root http https rediss ftp sftp ws wss'
  ).split(' '),
);

/** Whether the login's user is the role, at the Cluster or without a host. */
export function isTheRoles({ kind }: Whose): boolean {
  return kind === 'ours' || kind === 'named';
}

const NO_LOGIN = 'it is no login at PostgreSQL';

/**
 * @param world has the role and the Cluster that "ours" means.
 * @param from the namespace in which the login stands.
 */
export function judgeWhose(
  { scheme, label, user: said, lentUser, hosts }: DescribedLogin,
  { user: role, component, services }: Pick<SecretWorld, 'user' | 'component' | 'services'>,
  from: string,
): Whose {
  if (scheme !== undefined && OTHER_SERVICES.has(scheme)) return { kind: 'another', why: NO_LOGIN };
  // A user from another label may be somebody else's. It counts only if it is the role.
  const user = lentUser === true && said?.text !== role ? undefined : said;
  if (user !== undefined && user.text !== role) return { kind: 'another', why: 'it is the login of another user' };
  const host = judgeHosts(
    hosts.map(({ text }) => text),
    from,
    component,
    services,
  );
  if (host === 'another') return { kind: 'another', why: 'it is a login at another Cluster' };
  if (host === 'ours') return { kind: user === undefined ? 'at our host' : 'ours' };
  if (scheme !== undefined && !POSTGRESQL.has(scheme)) return { kind: 'another', why: NO_LOGIN };
  if (isOfAnotherService(label, component)) return { kind: 'of another service' };
  if (user === undefined) return { kind: 'silent' };
  return { kind: host === 'none' ? 'named' : 'elsewhere' };
}

/**
 * Whether words mean another service. Two exceptions: a component may have the name of a service, such as `dragonfly`,
 * and `admin_db` is a database.
 */
export function isOfAnotherService(words: string, { name, role, database }: SecretWorld['component']): boolean {
  if (meansTheDatabase(words)) return false;
  const own = new Set([name, role, database].flatMap((word) => word.toLowerCase().split(/[^a-z0-9]+/)));
  return words.split(/[^a-z0-9]+/).some((word) => OTHER_SERVICES.has(word) && !own.has(word));
}

/** Whether words mean PostgreSQL. */
export function meansTheDatabase(words: string): boolean {
  return words.split(/[^a-z0-9]+/).some((word) => /^(?:db|database|pg|postgres|postgresql|sql)$/.test(word));
}
