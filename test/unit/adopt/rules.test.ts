import { ADOPTION_RULE_NAMES, alternatingSpec, recordOf } from '../../../src/domain/adopt/index.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { exampleComponent, GITOPS, LITELLM } from '../../harness/examples.ts';
import { adoptionNames } from '../../../src/domain/adopt/names.ts';
import { IN_PLACE, NAMES, OBJECT, OWNER, findings, type Change } from './world.ts';

const RECORD = recordOf(IN_PLACE, NAMES);
const LONG = exampleComponent({ name: 'long', role: 'r'.repeat(62) });
const FENCED: Finding = {
  rule: 'primary-is-not-fenced',
  severity: 'blocking',
  message: 'Fenced.',
  mend: 'Unfence.',
};

/** `[when, change, rule, part of the message]` */
type Case = readonly [string, Change, string, string];

const BLOCKING: readonly Case[] = [
  [
    'a login role would have a name over 63 bytes',
    { component: LONG, names: adoptionNames(LONG) },
    'names-fit',
    'longer than 63 bytes',
  ],
  [
    'the owner is to be another role than the application’s',
    { names: { ...NAMES, owner: 'tables' } },
    'names-fit',
    '"tables" is not the role "litellm"',
  ],
  [
    'the owner’s Secret would be the application’s',
    { names: { ...NAMES, ownerSecret: 'litellm-db-secret' } },
    'names-fit',
    "cannot be the owner's",
  ],
  [
    'rights of an adoption are missing',
    {
      missingRights: [
        {
          verb: 'patch',
          group: '',
          resource: 'secrets',
          namespace: 'ai-system',
          name: 'litellm-a-role',
          manifest: 'deploy/rbac-adoption.yaml',
        },
      ],
    },
    'adoption-rights-are-granted',
    'patch secrets ai-system/litellm-a-role (deploy/rbac-adoption.yaml)',
  ],
  [
    'a rotation of the component runs',
    { lockedBy: 'rotate-litellm' },
    'nobody-rotates',
    'held by workflow rotate-litellm',
  ],
  ['CNPG’s operator is down', { operatorAnswers: false }, 'operator-must-answer', 'cannot be changed'],
  [
    'a DatabaseRole declares a login role, and the Cluster declares the owner',
    { cluster: { spec: { ...IN_PLACE, databaseRoles: [{ object: 'first', spec: { name: 'litellm_a' } }] } } },
    'roles-are-declared-alike',
    'DatabaseRole first ("litellm_a")',
  ],
  [
    'the Cluster declares a login role, and a DatabaseRole declares the owner',
    { cluster: { spec: { roles: [{ name: 'litellm_a' }], databaseRoles: [OBJECT] } } },
    'roles-are-declared-alike',
    'spec.managed.roles ("litellm_a")',
  ],
  [
    'Flux applies the owner’s DatabaseRole',
    {
      cluster: {
        spec: { roles: [], databaseRoles: [OBJECT] },
        databaseRoles: { 'litellm-role': { fluxKustomization: 'flux-system/apps' } },
      },
    },
    'cluster-is-ours',
    'DatabaseRole ai-system/litellm-role is applied by Flux (Kustomization flux-system/apps)',
  ],
  [
    'the owner has no Secret in managed.roles',
    { cluster: { spec: { roles: [{ name: 'litellm' }] } } },
    'owner-is-managed',
    'gives it a passwordSecret, and it is not the owner by bootstrap',
  ],
  [
    'somebody else’s Secret has the name of a role’s',
    { roleSecrets: { 'litellm-a-role': 'foreign' } },
    'role-secrets-are-free',
    'Secret ai-system/litellm-a-role exists already',
  ],
  [
    'Flux applies a role’s own Secret',
    { roleSecrets: { 'litellm-a-role': 'applied by Flux' } },
    'role-secrets-are-ours',
    'Secret ai-system/litellm-a-role is applied by Flux',
  ],
  [
    'the templates in Git have no variable for the user’s name',
    { component: { ...LITELLM, gitops: { ...GITOPS, variable: { file: 'cluster.yaml', key: 'x' } } } },
    'source-has-the-username',
    'variable needs a usernameKey',
  ],
  [
    'another Secret with the password does not say whose it is',
    { secretsWithoutUser: ['litellm-env'] },
    'secrets-name-the-user',
    "Secret ai-system/litellm-env holds the password without the user's name",
  ],
  ['psql may not be run', { database: { unread: 'forbidden.' } }, 'database-is-read', 'forbidden.'],
  [
    'PostgreSQL has a role of a login role’s name',
    { database: { roles: [OWNER, { ...OWNER, name: 'litellm_a', owns: 0 }] } },
    'login-roles-are-free',
    '"litellm_a" (not in spec.managed.roles)',
  ],
  [
    'a declared login role owns something and is in another group',
    {
      cluster: { spec: alternatingSpec(IN_PLACE, NAMES) },
      database: { roles: [OWNER, { ...OWNER, name: 'litellm_b', owns: 2, memberOf: ['litellm', 'admins'] }] },
    },
    'login-roles-are-free',
    '"litellm_b" (owns 2 objects, is a member of admins)',
  ],
  [
    'the owner owns objects in another database',
    {
      database: {
        ownedIn: [
          { database: 'litellm', objects: 3 },
          { database: 'reports', objects: 7 },
        ],
      },
    },
    'owner-is-of-one-database',
    '7 objects in "reports"',
  ],
  [
    'somebody is logged in as the owner in another database',
    { database: { sessions: [{ database: 'reports', sessions: 1 }] } },
    'owner-is-of-one-database',
    '1 sessions in "reports"',
  ],
  [
    'the owner is a superuser that replicates',
    { database: { roles: [{ ...OWNER, superuser: true, replication: true }] } },
    'owner-is-unprivileged',
    'SUPERUSER and REPLICATION',
  ],
  [
    'pg_cron and a user mapping log in as the owner',
    { database: { cronJobsThatLogIn: 2, mappingsAsOwner: ['loopback'] } },
    'nobody-else-logs-in-as-the-owner',
    '2 jobs of pg_cron, the user mapping of foreign server "loopback"',
  ],
  [
    'a Pooler has a rule for the owner by name',
    {
      poolers: [
        {
          name: 'pool',
          pgHba: ['host all litellm all scram-sha-256'],
          ownAuthQuery: false,
          poolMode: 'session',
          parameters: {},
        },
      ],
    },
    'poolers-let-them-in',
    'Pooler ai-system/pool: "host all litellm all scram-sha-256"',
  ],
  [
    'a Pooler asks for passwords by a query of its own',
    { poolers: [{ name: 'pool', pgHba: [], ownAuthQuery: true, poolMode: 'session', parameters: {} }] },
    'poolers-ask-postgres',
    'a query of its own',
  ],
  [
    'the Cluster has a rule for the owner by name',
    { cluster: { pgHba: ['hostssl litellm litellm 10.0.0.0/8 scram-sha-256'] } },
    'hba-lets-them-in',
    'none for the login roles',
  ],
  [
    'Flux applies the Cluster',
    { cluster: { fluxKustomization: 'flux-system/apps' } },
    'cluster-is-ours',
    'Kustomization flux-system/apps',
  ],
  [
    'PostgreSQL ignores the setting by which a login role acts as the owner',
    { database: { serverVersion: 170_001 } },
    'sessions-keep-the-owner',
    'PostgreSQL 17.1 ignores',
  ],
  [
    'nothing was adopted that could be undone',
    { direction: 'undo' },
    'component-was-adopted',
    'was not adopted by cnpg-rotate',
  ],
];

const WARNING: readonly Case[] = [
  ['Helm deploys the Cluster', { cluster: { deployer: 'Helm' } }, 'cluster-has-no-other-deployer', 'deployed by Helm'],
  [
    'a policy asks for session_user',
    { database: { sessionUserIn: ['policy "own" of tickets'] } },
    'nobody-asks-for-the-session-user',
    'policy "own" of tickets',
  ],
];

describe('an adoption is refused when', () => {
  it.each(BLOCKING)('%s', (_, change, rule, message) => {
    const [first] = findings(change);
    expect(first).toMatchObject({ rule, severity: 'blocking' });
    expect(first?.message).toContain(message);
    expect(first?.mend).not.toBe('');
  });
});

describe('an adoption warns when', () => {
  it.each(WARNING)('%s', (_, change, rule, message) => {
    expect(findings(change)).toMatchObject([{ rule, severity: 'warning' }]);
    expect(findings(change)[0]?.message).toContain(message);
  });
});

describe('an adoption is let through', () => {
  const cases: readonly (readonly [string, Change])[] = [
    ['of a component as the pattern has it', {}],
    [
      'where Flux applies the Cluster that has the roles already',
      {
        cluster: { fluxKustomization: 'flux-system/apps', spec: alternatingSpec(IN_PLACE, NAMES) },
      },
    ],
    [
      'where it is done already, and Flux applies a role’s own Secret',
      {
        activeRole: 'litellm_a',
        record: RECORD,
        cluster: { spec: alternatingSpec(IN_PLACE, NAMES) },
        roleSecrets: { 'litellm-a-role': 'applied by Flux' },
      },
    ],
    [
      'that stopped in the middle',
      {
        cluster: { spec: alternatingSpec(IN_PLACE, NAMES) },
        roleSecrets: { 'litellm-owner-role': 'ours', 'litellm-a-role': 'ours' },
        database: { roles: [OWNER, { ...OWNER, name: 'litellm_a', owns: 0, memberOf: ['litellm'] }] },
        record: RECORD,
      },
    ],
    [
      'to be undone, whatever uses the owner',
      {
        direction: 'undo',
        record: RECORD,
        cluster: { spec: alternatingSpec(IN_PLACE, NAMES), pgHba: ['host all litellm all scram-sha-256'] },
        database: { ownedIn: [{ database: 'reports', objects: 1 }], cronJobsThatLogIn: 1 },
      },
    ],
  ];
  it.each(cases)('%s', (_, change) => {
    expect(findings(change)).toEqual([]);
  });
});

it('what preflight finds stands first', () => {
  const [first, second] = findings({ preflight: [FENCED], operatorAnswers: false });
  expect([first?.rule, second?.rule]).toEqual(['primary-is-not-fenced', 'operator-must-answer']);
});

it('a password that PostgreSQL refuses already blocks, though a rotation would mend it', () => {
  const refused: Finding = { ...FENCED, rule: 'current-password-works', severity: 'warning' };
  expect(findings({ preflight: [refused] })).toMatchObject([{ rule: 'current-password-works', severity: 'blocking' }]);
});

it('every rule has a case', () => {
  const tried = [...BLOCKING, ...WARNING].map(([, , rule]) => rule);
  expect(ADOPTION_RULE_NAMES.filter((rule) => !tried.includes(rule))).toEqual([]);
});
