import type { DescribedLogin } from '../secrets/index.ts';
import { judgeHosts } from './hosts.ts';
import type { SecretWorld } from './world.ts';

/**
 * What a described login says of whose it is.
 *
 * `ours`: of the role on the component's Cluster. `named`: of the role, and no host is said. `at our host`: of the
 * component's Cluster, and no user is said. `elsewhere`: of the role's name, at a host that nobody knows. `another`: of
 * somebody else, and why. `of another service`: the keys' names speak of one, and no host of the Cluster is said.
 * `silent`: neither user nor host is said.
 */
export type Whose =
  | { readonly kind: 'ours' | 'named' | 'at our host' | 'elsewhere' | 'of another service' | 'silent' }
  | { readonly kind: 'another'; readonly why: string };

/** Schemes of URIs that PostgreSQL's drivers read; `ecto` is of a driver that reads several databases. */
const POSTGRESQL: ReadonlySet<string> = new Set(
  'postgres postgresql pgsql pdo-pgsql pdo_pgsql psql postgis timescale ecto'.split(' '),
);

/** Words in a key's name that mean another service; what stands under them is no login at PostgreSQL. */
const OTHER_SERVICES: ReadonlySet<string> = new Set(
  (
    'smtp mail mailer email imap redis valkey dragonfly keydb memcached rabbitmq amqp kafka nats mongo mongodb mysql ' +
    'mariadb mssql oracle clickhouse elastic elasticsearch opensearch influx influxdb neo4j cassandra s3 minio ldap oidc ' +
    'oauth oauth2 saml github gitlab slack telegram proxy registry docker admin root http https rediss ftp sftp ws wss'
  ).split(' '),
);

/** Whether a login is the role's by its user, at the Cluster or at no host in particular. */
export function isTheRoles({ kind }: Whose): boolean {
  return kind === 'ours' || kind === 'named';
}

const NO_LOGIN = 'it is no login at PostgreSQL';

/** @param world whose role and Cluster are meant by "ours". */
export function judgeWhose(
  { scheme, label, user: said, lentUser, hosts }: DescribedLogin,
  { user: role, component, services }: Pick<SecretWorld, 'user' | 'component' | 'services'>,
): Whose {
  if (scheme !== undefined && OTHER_SERVICES.has(scheme)) return { kind: 'another', why: NO_LOGIN };
  // A user of another label may be anybody's: it is evidence for the role alone.
  const user = lentUser === true && said?.text !== role ? undefined : said;
  if (user !== undefined && user.text !== role) return { kind: 'another', why: 'it is the login of another user' };
  const host = judgeHosts(
    hosts.map(({ text }) => text),
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
 * Whether words mean another service. A component may be called as a service is, such as `dragonfly`, and `admin_db` is
 * a database still.
 */
export function isOfAnotherService(words: string, { name, role, database }: SecretWorld['component']): boolean {
  if (meansTheDatabase(words)) return false;
  const own = new Set([name, role, database].flatMap((word) => word.toLowerCase().split(/[^a-z0-9]+/)));
  return words.split(/[^a-z0-9]+/).some((word) => OTHER_SERVICES.has(word) && !own.has(word));
}

/** Whether words speak of PostgreSQL. */
export function meansTheDatabase(words: string): boolean {
  return words.split(/[^a-z0-9]+/).some((word) => /^(?:db|database|pg|postgres|postgresql|sql)$/.test(word));
}
