import { HOST, uri, X } from '../secret-plan/world.ts';
import {
  env,
  found,
  MOUNTED,
  PASSWORD,
  PASSWORD_FILE,
  secret,
  SETTINGS,
  WORKER,
  type Pod,
} from './password-takers-world.ts';

describe('the user’s name outside of the Secrets that change', () => {
  it.each<readonly [string, Pod, readonly string[]]>([
    ['a text beside the Secret’s password', { variables: [...env({ DB_USER: 'litellm' }), PASSWORD] }, ['env DB_USER']],
    [
      'a text beside the Secret’s password, although the Secret’s URI is read too',
      {
        own: { uri: uri('litellm', X) },
        variables: [secret('DATABASE_URL', 'uri'), ...env({ DB_USER: 'litellm' }), PASSWORD],
      },
      ['env DB_USER'],
    ],
    [
      'a URI that takes the password of the Secret',
      { variables: [secret('PW', 'password'), ...env({ DATABASE_URL: uri('litellm', '$(PW)') })] },
      ['env DATABASE_URL (URI)'],
    ],
    [
      'a URI whose user another variable has',
      { variables: [secret('PW', 'password'), ...env({ ME: 'litellm', DATABASE_URL: uri('$(ME)', '$(PW)') })] },
      ['env DATABASE_URL (URI)'],
    ],
    [
      'a key of another Secret, which does not change',
      { secrets: { me: { who: 'litellm' } }, variables: [secret('DB_USER', 'who', 'me'), PASSWORD] },
      ['env DB_USER (Secret me, key who)'],
    ],
    [
      'a key of the Secret whose name means no user',
      { own: { who: 'litellm' }, variables: [secret('DB_USER', 'who'), PASSWORD] },
      ['env DB_USER (Secret litellm-db-secret, key who)'],
    ],
    [
      'a key of a ConfigMap',
      {
        configMap: { user: 'litellm' },
        variables: [{ name: 'DB_USER', from: { kind: 'ConfigMap', name: 'settings' }, key: 'user' }, PASSWORD],
      },
      ['env DB_USER (ConfigMap settings, key user)'],
    ],
    [
      'every key of a ConfigMap, beside every key of the Secret under another prefix',
      {
        configMap: { PGUSER: 'litellm', PGHOST: HOST },
        variables: [{ prefix: '', from: { kind: 'ConfigMap', name: 'settings' } }, secret('PGPASSWORD', 'password')],
      },
      ['env PGUSER (ConfigMap settings, key PGUSER)'],
    ],
    [
      'a text beside the path of the Secret’s password',
      { files: [MOUNTED], variables: env({ DB_USER: 'litellm', DB_PASSWORD_FILE: '/etc/db/password' }) },
      ['env DB_USER'],
    ],
    [
      'a text whose name means the database, where the password is a file alone',
      { files: [PASSWORD_FILE], variables: env({ DATABASE_USERNAME: 'litellm' }) },
      ['env DATABASE_USERNAME'],
    ],
    [
      'an exporter of metrics',
      {
        variables: [
          ...env({ DATA_SOURCE_URI: `${HOST}/litellm`, DATA_SOURCE_USER: 'litellm' }),
          secret('DATA_SOURCE_PASS', 'password'),
        ],
      },
      ['env DATA_SOURCE_USER'],
    ],
    [
      'the only user beside the only password, under another name',
      { variables: [...env({ DATABASE_USERNAME: 'litellm' }), secret('PASSWORD', 'password')] },
      ['env DATABASE_USERNAME'],
    ],
    [
      'an option of psql in a script',
      {
        variables: [secret('PGPASSWORD', 'password')],
        commands: { 'command[0]': 'sh', 'args[1]': `psql -h ${HOST} -U litellm -c 'SELECT 1'` },
      },
      ['args[1]'],
    ],
    [
      'an option of pg_dump, word by word',
      {
        variables: [secret('PGPASSWORD', 'password')],
        commands: { 'command[0]': '/usr/bin/pg_dump', 'args[0]': '--username', 'args[1]': 'litellm' },
      },
      ['args[1]'],
    ],
    [
      'an option of psql that another variable has',
      {
        variables: [...env({ ME: 'litellm' }), secret('PGPASSWORD', 'password')],
        commands: { 'command[0]': 'psql', 'args[0]': '-U$(ME)' },
      },
      ['args[0]'],
    ],
    [
      'an option of a program of its own',
      { variables: [secret('DB_PASSWORD', 'password')], commands: { 'args[0]': '--db-user=litellm' } },
      ['args[0]'],
    ],
    [
      'a DSN in an argument',
      {
        variables: [secret('PGPASSWORD', 'password')],
        commands: { 'command[0]': 'psql', 'args[0]': `host=${HOST} user=litellm dbname=litellm` },
      },
      ['args[0]'],
    ],
    [
      'a URI in an option, with the Secret’s password',
      { variables: [PASSWORD], commands: { 'args[0]': `--dsn=${uri('litellm', '$(DB_PASSWORD)')}` } },
      ['args[0] (URI)'],
    ],
    [
      'a readiness probe that logs in',
      {
        variables: [secret('PGPASSWORD', 'password')],
        commands: { 'readinessProbe command[0]': 'psql', 'readinessProbe command[1]': '-Ulitellm' },
      },
      ['readinessProbe command[1]'],
    ],
    [
      'a document in a ConfigMap',
      {
        files: [SETTINGS],
        configMap: { 'config.yaml': 'database:\n  user: litellm\n  password: ${DB_PASSWORD}\n' },
        variables: [PASSWORD],
      },
      ['file /etc/settings/config.yaml (ConfigMap settings, key config.yaml) (YAML database.user)'],
    ],
    [
      'a document in a ConfigMap that has no password',
      {
        files: [SETTINGS],
        configMap: { 'grafana.ini': '[database]\ntype = postgres\nuser = litellm\n' },
        variables: [secret('GF_DATABASE_PASSWORD', 'password')],
      },
      ['file /etc/settings/grafana.ini (ConfigMap settings, key grafana.ini) (INI database.user)'],
    ],
    [
      'a script in a ConfigMap',
      {
        files: [SETTINGS],
        configMap: { 'backup.sh': `#!/bin/sh\nset -e\npg_dump -h ${HOST} -U litellm litellm > /tmp/x\n` },
        variables: [secret('PGPASSWORD', 'password')],
      },
      ['file /etc/settings/backup.sh (ConfigMap settings, key backup.sh)'],
    ],
    [
      'a name that needs quotes',
      {
        component: { role: 'Li te.LLM' },
        variables: [secret('PGPASSWORD', 'password')],
        commands: { 'args[0]': 'psql -U "Li te.LLM" -l' },
      },
      ['args[0]'],
    ],
    [
      'the login role that is active, in a turn',
      { user: 'litellm_a', variables: [...env({ DB_USER: 'litellm_a' }), PASSWORD] },
      ['env DB_USER'],
    ],
    [
      'a text that the catalogue answers',
      { component: { namesNoUser: [WORKER] }, variables: [...env({ DB_USER: 'litellm' }), PASSWORD] },
      ['env DB_USER accepted'],
    ],
  ])('is found: %s', (_, pod, places) => {
    expect(found(pod)).toEqual(places);
  });

  it.each<readonly [string, Pod, readonly string[]]>([
    [
      'a default of a document that a variable overrides',
      {
        files: [SETTINGS],
        configMap: { 'grafana.ini': '[database]\nuser = litellm\n' },
        variables: [secret('GF_DATABASE_USER', 'username'), secret('GF_DATABASE_PASSWORD', 'password')],
      },
      ['file /etc/settings/grafana.ini (ConfigMap settings, key grafana.ini) (INI database.user) ?'],
    ],
    [
      'a text beside a host, in a container that takes the user from the Secret',
      {
        own: { uri: uri('litellm', X) },
        variables: [secret('DATABASE_URL', 'uri'), ...env({ PGHOST: HOST, PGUSER: 'litellm' })],
      },
      ['env PGUSER ?'],
    ],
    [
      'an option whose name means no database',
      { variables: [PASSWORD], commands: { 'args[0]': '--run-user=litellm' } },
      ['args[0] ?', 'unseen'],
    ],
    ['a user of which nothing is seen', { variables: [PASSWORD] }, ['unseen']],
    [
      'a user in a key of a Secret that nobody may read',
      { variables: [secret('DB_USER', 'who', 'hidden'), PASSWORD] },
      ['unseen'],
    ],
    ['a user that only the file’s other key has', { files: [PASSWORD_FILE] }, ['unseen']],
  ])('is a doubt: %s', (_, pod, places) => {
    expect(found(pod)).toEqual(places);
  });

  it.each<readonly [string, Pod]>([
    ['the Secret’s own user', { variables: [secret('DB_USER', 'username'), PASSWORD] }],
    [
      'every key of the Secret',
      { variables: [{ prefix: 'DB_', from: { kind: 'Secret', name: 'litellm-db-secret' } }] },
    ],
    ['the whole Secret as files', { files: [MOUNTED] }],
    [
      'the database of the role’s name',
      { variables: [secret('DB_USER', 'username'), PASSWORD, ...env({ DB_NAME: 'litellm', DB_HOST: HOST })] },
    ],
    [
      'the user of a mailer with a password of its own',
      {
        secrets: { mail: { pw: 'of-the-mailer' } },
        variables: [
          secret('DB_USER', 'username'),
          PASSWORD,
          ...env({ SMTP_USER: 'litellm' }),
          secret('SMTP_PASSWORD', 'pw', 'mail'),
        ],
      },
    ],
    [
      'the user of a mailer without a password',
      { variables: [secret('DB_USER', 'username'), PASSWORD, ...env({ SMTP_USER: 'litellm' })] },
    ],
    [
      'the user of a user interface',
      { variables: [secret('DB_USER', 'username'), PASSWORD, ...env({ UI_USERNAME: 'litellm' })] },
    ],
    [
      'a URI that takes both from the Secret',
      {
        variables: [
          secret('ME', 'username'),
          secret('PW', 'password'),
          ...env({ DATABASE_URL: uri('$(ME)', '$(PW)') }),
        ],
      },
    ],
    [
      'pg_isready, which does not log in',
      {
        variables: [secret('DB_USER', 'username'), PASSWORD],
        commands: { 'readinessProbe command[0]': 'pg_isready', 'readinessProbe command[1]': '-Ulitellm' },
      },
    ],
    [
      'psql at another Cluster',
      {
        variables: [secret('DB_USER', 'username'), PASSWORD],
        commands: { 'args[0]': 'psql -h other-postgresql-rw -U litellm -l' },
      },
    ],
    [
      'a document with a login of its own',
      {
        files: [SETTINGS],
        configMap: { 'config.yaml': 'cache:\n  user: litellm\n  password: of-the-cache\n' },
        variables: [secret('DB_USER', 'username'), PASSWORD],
      },
    ],
    [
      'a container without the password',
      { variables: env({ DB_USER: 'litellm' }), commands: { 'args[0]': 'psql -U litellm' } },
    ],
    ['another user', { variables: [secret('DB_USER', 'username'), PASSWORD, ...env({ ADMIN_DB_USER: 'postgres' })] }],
  ])('is not taken for one: %s', (_, pod) => {
    expect(found(pod)).toEqual([]);
  });
});
