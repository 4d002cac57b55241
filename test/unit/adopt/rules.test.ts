import { ADOPTION_RULE_NAMES, alternatingSpec, recordOf } from '../../../src/domain/adopt/index.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { LITELLM } from '../../harness/examples.ts';
import { NAME_CASES } from './cases-of-names.ts';
import { IN_PLACE, NAMES, OBJECT, OWNER, findings, type Case, type Change } from './world.ts';

const RECORD = recordOf(IN_PLACE, NAMES);
const LOGINS = ['litellm_a', 'litellm_b'].map((name) => ({ ...OWNER, name, owns: 0, memberOf: ['litellm'] }));
const FENCED: Finding = {
  rule: 'primary-is-not-fenced',
  severity: 'blocking',
  message: 'Fenced.',
  mend: 'Unfence.',
};

const BLOCKING: readonly Case[] = [
  ...NAME_CASES,
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
    'another Secret with the password does not say whose it is',
    { secretsWithoutUser: ['litellm-env'] },
    'secrets-name-the-user',
    "Secret ai-system/litellm-env holds the password without the user's name",
  ],
  [
    'psql may not be run',
    { database: { unread: { type: 'KubernetesForbidden', message: 'forbidden.' } } },
    'database-is-read',
    'forbidden.',
  ],
  [
    'sessions of the owner act as another role by a setting',
    { database: { ownerActsAs: { role: 'tables', setFor: 'the role in database litellm' } }, actsAs: 'tables' },
    'owner-acts-as-itself',
    'act as "tables" (SET role, for the role in database litellm)',
  ],
  [
    'sessions of the owner act as another role, nobody knows why',
    { actsAs: 'tables' },
    'owner-acts-as-itself',
    'Sessions of "litellm" act as "tables". ',
  ],
  [
    'a policy decides by session_user',
    { database: { sessionUserIn: [{ name: 'policy own on public.tickets', decides: true }] } },
    'nobody-asks-for-the-session-user',
    'policy own on public.tickets',
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
    'a user mapping of another database logs in as the owner',
    { database: { mappingsElsewhere: [{ database: 'reports', server: 'tables' }] } },
    'nobody-else-logs-in-as-the-owner',
    'the user mapping of foreign server "tables" in database "reports"',
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
];

const WARNING: readonly Case[] = [
  ['Helm deploys the Cluster', { cluster: { deployer: 'Helm' } }, 'cluster-has-no-other-deployer', 'deployed by Helm'],
  [
    'a function keeps a record of session_user',
    { database: { sessionUserIn: [{ name: 'function public.audit()', decides: false }] } },
    'nobody-asks-for-the-session-user',
    'keep a record of the role that logged in (session_user), in database "litellm": function public.audit()',
  ],
  [
    'the owner has a limit of connections',
    { database: { roles: [{ ...OWNER, connectionLimit: 20 }] } },
    'owner-has-no-limit',
    'each gets the same limit, so during a turn 40 are possible',
  ],
  [
    'the owner has a limit that nothing declares',
    {
      cluster: { spec: { roles: [], bootstrap: { method: 'initdb', secret: 'litellm-db-secret' } } },
      database: { roles: [{ ...OWNER, connectionLimit: 20 }] },
    },
    'owner-has-no-limit',
    'they get no limit',
  ],
  [
    'a function ends sessions',
    { database: { signallers: ['function public.tidy()'] } },
    'sessions-are-of-the-owner',
    'function public.tidy()',
  ],
  ['a trigger runs at each login', { database: { loginTriggers: ['greet'] } }, 'login-triggers-are-known', 'greet'],
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
      'whose roles somebody has taken out of the Cluster',
      {
        activeRole: 'litellm_a',
        record: RECORD,
        roleSecrets: { 'litellm-owner-role': 'ours', 'litellm-a-role': 'ours', 'litellm-b-role': 'ours' },
        database: { roles: [OWNER, ...LOGINS] },
      },
    ],
    ['to be undone where it is undone already', { direction: 'undo' }],
    [
      'to be undone, whatever uses the owner',
      {
        direction: 'undo',
        record: RECORD,
        actsAs: 'tables',
        cluster: { spec: alternatingSpec(IN_PLACE, NAMES), pgHba: ['host all litellm all scram-sha-256'] },
        database: { ownedIn: [{ database: 'reports', objects: 1 }], cronJobsThatLogIn: 1 },
      },
    ],
    [
      'where the catalogue answers for what asks for session_user',
      {
        component: { ...LITELLM, alternating: { ...LITELLM.alternating, sessionUser: ['view public.v'] } },
        database: { sessionUserIn: [{ name: 'view public.v', decides: true }] },
      },
    ],
    [
      'where a setting says that the owner acts as itself',
      { database: { ownerActsAs: { role: 'none', setFor: 'the role' } }, actsAs: 'litellm' },
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

it.each([
  ['KubernetesForbidden', 'cnpg-rotate rights --adoption'],
  ['KubernetesUnavailable', 'psql -U postgres -d litellm -c "SELECT 1"'],
] as const)('where psql was not run (%s), the mend says what helps', (type, mend) => {
  const [first] = findings({ database: { unread: { type, message: 'It was not run.' } } });
  expect(first?.mend).toContain(mend);
});
