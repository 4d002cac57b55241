import type { Password } from '../password.ts';

const SHORTEST = 8;

/** Words that people use as passwords, and that stand in texts for other reasons too. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  `access account adm admin admin1 admin123 administrator alpha api app app123 apppassword apps application auth azerty
  backend backup baseball batman beta bitnami changeit changeme changeme1 changeme123 changethis charlie client cluster
  cnpg cockroach computer config connect consul customer data database databases db dbadmin dbpass dbpassword dbuser
  debug default defaultpassword demo dev devel develop developer development django docker dragon dummy elastic example
  example123 exampleps fake flower foo foobar football freedom git gitea gitlab grafana guest hello hello123 helloworld
  host hunter2 iloveyou info internal jenkins john k8s kafka keycloak kubernetes langfuse letmein letmein1 litellm live
  local localhost login logmein lovely machine magento main manager mariadb master mattermost metabase minio monitor
  monitoring monkey mongo mongodb mypassword mysecret mysecretpassword mysql n8n newpassword nextcloud nginx nopassword
  notsecure nobody none null odoo operator oracle owner p@ssw0rd p@ssword pass pass1234 passphrase passw0rd password
  password! password1 password12 password123 passwd pg pgadmin pgbouncer pgpassword pgsql pooler postgres postgres123
  postgresql princess private prod production proxy public qwerty qwerty123 qwertyuiop rabbitmq read readonly redis
  replica replication replicator reader root root123 rootpassword s3cr3t s3cret sample sandbox secret secret1 secret123
  secretpassword secure security sentry server service shadow shared site sonar sonarqube spring staging starwars
  streaming sunshine super superman superset superuser supersecret support sys sysadmin system temp temporal temporary
  test test123 test1234 tester testing testpassword toor trustno1 unknown user user123 username vault wallabag web
  webapp welcome welcome1 welcome123 whatever wordpress worker write writer zabbix zitadel
  11111111 12345678 123456789 1234567890 87654321 00000000 abcd1234 abc12345 1q2w3e4r 1qaz2wsx asdfghjkl`.split(/\s+/),
);

/** Why a password is weak, if it is. @param names of the role, its database and its hosts: they stand beside it. */
export function weakness(password: Password, names: readonly string[]): string | undefined {
  const text = password.reveal();
  const plain = text.toLowerCase();
  if ([...text].length < SHORTEST) return `is shorter than ${SHORTEST} characters`;
  if (names.some((name) => name.toLowerCase() === plain)) return 'is a name of its own role, database or host';
  return COMMON_WORDS.has(plain) ? 'is a common word' : undefined;
}
