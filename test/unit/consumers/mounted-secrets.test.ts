import { HOST } from '../secret-plan/world.ts';
import { env, found, MOUNTED, PASSWORD_FILE, secret, SETTINGS, type Pod } from './password-takers-world.ts';

describe('the user’s name beside the files of a Secret', () => {
  it.each<readonly [string, Pod, readonly string[]]>([
    [
      'a text beside a password that a script takes from the Secret’s file',
      {
        files: [PASSWORD_FILE],
        variables: env({ PGUSER: 'litellm' }),
        commands: { 'args[0]': 'PGPASSWORD="$(cat /etc/db/password)" exec backup' },
      },
      ['env PGUSER'],
    ],
    [
      'an option of psql whose output another command takes',
      {
        variables: [secret('PGPASSWORD', 'password')],
        commands: { 'args[0]': 'export VERSION=$(psql -U litellm -tc "SHOW server_version") && run' },
      },
      ['args[0]'],
    ],
    [
      'a text beside a host, where the Secret’s own user only comes along as a file',
      { files: [MOUNTED], variables: env({ PGHOST: HOST, PGUSER: 'litellm' }) },
      ['env PGUSER'],
    ],
    [
      'an option of pg_dump, where the whole Secret is mounted',
      {
        files: [MOUNTED],
        commands: {
          'command[0]': 'sh',
          'args[1]': `PGPASSWORD=$(cat /etc/db/password) pg_dump -h ${HOST} -U litellm litellm > /backup/x`,
        },
      },
      ['args[1]'],
    ],
  ])('is found: %s', (_, pod, places) => {
    expect(found(pod)).toEqual(places);
  });

  it.each<readonly [string, Pod, readonly string[]]>([
    [
      'a default of a document, where the whole Secret is mounted',
      { files: [MOUNTED, SETTINGS], configMap: { 'app.ini': '[database]\nuser = litellm\n' } },
      ['file /etc/settings/app.ini (ConfigMap settings, key app.ini) (INI database.user) ?'],
    ],
    [
      'a text beside a host, where the Secret’s own user is mounted by its key',
      {
        files: [PASSWORD_FILE, { ...MOUNTED, key: 'username', path: '/etc/db/user' }],
        variables: env({ PGHOST: HOST, PGUSER: 'litellm' }),
      },
      ['env PGUSER ?'],
    ],
  ])('is a doubt: %s', (_, pod, places) => {
    expect(found(pod)).toEqual(places);
  });

  it.each<readonly [string, Pod]>([
    [
      'a script that takes both from the Secret’s files',
      {
        files: [MOUNTED],
        commands: {
          'args[0]': `PGUSER=$(cat /etc/db/username) PGPASSWORD=$(cat /etc/db/password) pg_dump -h ${HOST} litellm`,
        },
      },
    ],
  ])('is not taken for one: %s', (_, pod) => {
    expect(found(pod)).toEqual([]);
  });
});
