import type { PasswordTaker } from '../../../src/domain/consumers/password-takers.ts';
import { findings, NO_PLAN, refusesToBegin, warns } from './world.ts';

const BESIDE = { where: 'env DB_USER', why: 'beside the password', evidence: true, variable: 'DB_USER' };
const DOUBT = { where: 'env APP_USER', why: 'the name of the role', evidence: false, variable: 'APP_USER' };

function taker(change: Partial<PasswordTaker>): readonly PasswordTaker[] {
  return [
    {
      holder: { kind: 'Deployment', namespace: 'ai-system', name: 'worker' },
      container: 'main',
      secret: 'litellm-db-secret',
      userAt: { secret: 'litellm-db-secret', key: 'username' },
      ...{ takesUser: false, used: true, accepted: false, elsewhere: [] },
      ...change,
    },
  ];
}

const turn = (change: Partial<PasswordTaker>) => ({ oldPodsLogIn: true, passwordTakers: taker(change) });

describe('who takes the password from a Secret, and the user’s name from elsewhere', () => {
  refusesToBegin([
    [
      'a variable has the name as a text',
      turn({ elsewhere: [BESIDE] }),
      'users-stand-in-the-secrets',
      'Deployment ai-system/worker, container main, env DB_USER (beside the password)',
      '"- {name: DB_USER, valueFrom: {secretKeyRef: {name: litellm-db-secret, key: username}}}" under env',
    ],
    [
      'an argument has the name',
      turn({ elsewhere: [{ where: 'args[1]', why: 'beside a host', evidence: true }] }),
      'users-stand-in-the-secrets',
      'args[1]',
      'Take the name out of args[1], or write $(PGUSER) there',
    ],
    [
      'the Secret of another namespace has no key for the name',
      turn({
        holder: { kind: 'Deployment', namespace: 'apps', name: 'worker' },
        secret: 'apps/litellm-pw',
        elsewhere: [BESIDE],
      }),
      'users-stand-in-the-secrets',
      'Deployment apps/worker',
      '{name: litellm-pw, key: username}}}" under env. The Secret needs the key "username"',
    ],
  ]);

  warns([
    [
      'nothing shows where the name comes from',
      turn({ elsewhere: [DOUBT] }),
      'containers-take-the-user',
      'It may be: env APP_USER',
      'name it under namesNoUser of "litellm" in the catalogue ("Deployment/worker")',
    ],
    [
      'a name is perhaps a default',
      turn({ takesUser: true, elsewhere: [DOUBT] }),
      'users-elsewhere-are-known',
      'env APP_USER',
      'namesNoUser',
    ],
    [
      'nothing that has the name runs',
      turn({ used: false, elsewhere: [BESIDE] }),
      'stopped-pods-take-the-user',
      'env DB_USER',
      'namesNoUser',
    ],
    [
      'nothing runs that shows where the name comes from',
      turn({ used: false }),
      'stopped-pods-take-the-user',
      'Deployment ai-system/worker, container main, of which nothing shows the name',
      'namesNoUser',
    ],
    [
      'a name is perhaps a default of what does not run',
      turn({ used: false, takesUser: true, elsewhere: [DOUBT] }),
      'users-elsewhere-are-known',
      'env APP_USER',
      'namesNoUser',
    ],
    [
      'the list of a PgBouncer has the name',
      {
        oldPodsLogIn: true,
        plan: {
          ...NO_PLAN,
          changes: [
            {
              secret: 'pgbouncer',
              place: { key: 'userlist.txt', within: 'line 1', meaning: 'user' },
              why: 'the user changes with the password',
            },
          ],
        },
      },
      'user-lists-know-both-roles',
      'Secret ai-system/pgbouncer, key userlist.txt',
      'auth_query',
    ],
  ]);

  it.each([
    ['the catalogue answers', turn({ accepted: true, elsewhere: [BESIDE] })],
    ['the user’s name does not change', { ...turn({ elsewhere: [BESIDE] }), oldPodsLogIn: false }],
    ['the container takes the name from the Secret', turn({ takesUser: true })],
  ])('is not asked about where %s', (_, change) => {
    expect(findings(change)).toEqual([]);
  });
});
