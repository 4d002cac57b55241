import type { ManagedRole } from '../../../src/domain/cluster.ts';
import { GITOPS, LITELLM } from '../../harness/examples.ts';
import { expectFirst, findings, NO_PLAN, NOW, role, type Case, type Change } from './world.ts';

const GENERATED: Partial<ManagedRole> = {
  declaredBy: 'DatabaseRole litellm-role',
  passwordMode: 'generate',
  generated: {},
};

const CASES: readonly Case[] = [
  [
    'CNPG leaves the password to somebody else',
    role({ declaredBy: 'DatabaseRole litellm-role', passwordMode: 'external', passwordSecret: undefined }),
    'role-takes-a-password',
    'password mode external, so CNPG leaves the password to somebody else',
    'Set password: {mode: secret, secret: litellm-db-secret} in DatabaseRole litellm-role',
  ],
  [
    'CNPG takes the password away',
    role({ declaredBy: 'DatabaseRole litellm-role', passwordMode: 'setNull', passwordSecret: undefined }),
    'role-takes-a-password',
    'password mode setNull, so the role has no password',
    'or take the component "litellm" out of the catalogue',
  ],
  [
    'the Cluster itself takes the password away',
    role({ passwordMode: 'setNull', passwordSecret: undefined }),
    'role-takes-a-password',
    'password mode setNull',
    'Take disablePassword out of spec.managed.roles',
  ],
  [
    'a later CNPG has another mode',
    role({ declaredBy: 'DatabaseRole litellm-role', passwordMode: 'lent', passwordSecret: undefined }),
    'role-takes-a-password',
    'password mode lent, which this version of cnpg-rotator does not know',
    'Set password: {mode: secret',
  ],
  [
    'two roles are to take turns',
    { ...role(GENERATED), oldPodsLogIn: true },
    'roles-that-take-turns-are-not-generated',
    'CNPG would write over them',
    'Copy the password into a Secret of your own under another name',
  ],
  [
    'the catalogue says that the password comes from Git',
    { ...role(GENERATED), source: 'gitops', component: { ...LITELLM, gitops: GITOPS } },
    'generated-password-is-not-in-git',
    'CNPG generates Secret ai-system/litellm-db-secret',
    'Take the source gitops from the component "litellm"',
  ],
  [
    'CNPG says that it generates nothing',
    role({ ...GENERATED, generated: { message: 'the Secret is not owned' } }),
    'cnpg-can-generate',
    'CNPG generates no password for DatabaseRole ai-system/litellm-role: the Secret is not owned',
    'Mend what CNPG says',
  ],
  [
    'the operator does not answer',
    { ...role(GENERATED), surroundings: { operatorAnswers: false } },
    'cnpg-can-generate',
    'nobody else can generate the password',
    'rollout restart deployment cnpg-controller-manager',
  ],
  [
    'somebody added a key with the password',
    {
      ...role(GENERATED),
      plan: {
        ...NO_PLAN,
        changes: ['password', 'uri'].map((key) => ({
          secret: LITELLM.secret,
          place: { key, within: '', meaning: 'password' as const },
          why: '',
        })),
      },
    },
    'generated-secret-has-no-other-keys',
    'also holds the password in "uri"',
    'Put these keys into a Secret of your own',
  ],
];

describe('a role by the modes of CNPG 1.31, when', () => {
  it.each(CASES)('%s', (...one) => expectFirst(one[1], 'blocking', one));

  it('is fine where the mode names a Secret', () => {
    expect(findings(role({ declaredBy: 'DatabaseRole litellm-role', passwordMode: 'secret' }))).toEqual([]);
  });

  it('says before the rotation that a generated password has no way back', () => {
    const [found, ...more] = findings({ ...role(GENERATED), secret: { hasReloadLabel: false } });
    expect(found).toMatchObject({ rule: 'generated-password-has-no-way-back', severity: 'warning' });
    // CNPG watches its own Secret without the label.
    expect(more).toEqual([]);
  });
});

describe('a password with an end', () => {
  const end = (ms: number): string => new Date(NOW.getTime() + ms).toISOString();
  const said = (change: Change) => findings(change).filter(({ rule }) => rule === 'password-does-not-end');

  it.each<[string, Change, string]>([
    ['by the declaration', role({ validUntil: end(1_000) }), 'validUntil in spec.managed.roles'],
    [
      'by PostgreSQL alone',
      { roleAttributes: { role: 'litellm', attributes: [], memberOf: [], validUntil: end(1_000) } },
      'VALID UNTIL in PostgreSQL',
    ],
    ['that CNPG generated', role({ ...GENERATED, generated: { expiration: end(1_000) } }), 'ends at'],
    [
      'that CNPG generated and that is over',
      role({ ...GENERATED, generated: { appliedExpiration: end(-1) } }),
      'ended at',
    ],
  ])('is told %s', (_, change, text) => {
    expect(said(change)).toMatchObject([{ severity: 'warning', message: expect.stringContaining(text) as string }]);
  });

  it('is not told where it never ends', () => {
    expect(said({})).toEqual([]);
  });
});
