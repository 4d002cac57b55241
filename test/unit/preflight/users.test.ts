import type { PasswordTaker } from '../../../src/domain/consumers/password-takers.ts';
import { findings, refusesToBegin, warns } from './world.ts';

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
      'users-elsewhere-are-known',
      'env DB_USER',
      'namesNoUser',
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
