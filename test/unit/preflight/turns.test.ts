import type { Held } from '../../../src/domain/ownership.ts';
import type { ActingRole, LoginSecretFacts, TurnFacts } from '../../../src/domain/preflight/index.ts';
import { ALTERNATING_CLUSTER } from '../../harness/activities/alternating-world.ts';
import { HEALTHY_CLUSTER, LITELLM } from '../../harness/examples.ts';
import { findings, NOW, refusesToBegin, warns, type Case, type Change } from './world.ts';

const [A, B] = LITELLM.alternating.logins;

const loginSecret = ({ role, secret }: typeof A, change: Partial<LoginSecretFacts> = {}): LoginSecretFacts => ({
  role,
  name: secret,
  state: 'fine',
  immutable: false,
  hasReloadLabel: true,
  ...change,
});

const PLAIN = { sessions: 0, connectionLimit: -1, memberOf: [], settings: {} };

/** A world with roles that take turns, as docs/alternating.md asks, but for the change. */
function turns(change: Partial<TurnFacts> = {}, more: Change = {}): Change {
  const { cluster = {}, secret = {} } = more;
  return {
    ...more,
    strategy: 'alternating',
    cluster: cluster === 'absent' ? cluster : { ...ALTERNATING_CLUSTER, ...cluster },
    secret: secret === 'absent' ? secret : { username: A.role, ...secret },
    turns: {
      turn: { active: A, idle: B },
      logins: [loginSecret(A), loginSecret(B)],
      roles: [
        { ...PLAIN, name: 'litellm' },
        { ...PLAIN, name: A.role, actsAs: 'litellm', memberOf: ['litellm'], sessions: 4 },
        { ...PLAIN, name: B.role, actsAs: 'litellm', memberOf: ['litellm'], sessions: 0 },
      ],
      held: { serverVersion: 180_004, held: [], unseen: [] },
      ...change,
    },
  };
}

/** The declaration of the second login role, changed. */
const second = (change: Partial<(typeof ALTERNATING_CLUSTER.managedRoles)[number]>): Change => ({
  cluster: {
    managedRoles: ALTERNATING_CLUSTER.managedRoles.map((one) => (one.name === B.role ? { ...one, ...change } : one)),
  },
});

const acting = (actsAs: string): Partial<TurnFacts> => ({
  roles: [
    { ...PLAIN, name: 'litellm' },
    { ...PLAIN, name: A.role, actsAs: 'litellm', memberOf: ['litellm'], sessions: 4 },
    { ...PLAIN, name: B.role, actsAs, memberOf: ['litellm'], sessions: 0 },
  ],
});

/** What the active role and the idle role have, in this order. */
const having = (active: Partial<ActingRole>, idle: Partial<ActingRole>): Change =>
  turns({
    roles: [
      { ...PLAIN, name: 'litellm' },
      { ...PLAIN, name: A.role, actsAs: 'litellm', memberOf: ['litellm'], ...active },
      { ...PLAIN, name: B.role, actsAs: 'litellm', memberOf: ['litellm'], ...idle },
    ],
  });

const holding = (change: Partial<Held>): TurnFacts['held'] => ({
  serverVersion: 180_004,
  held: [
    {
      ...{ role: A.role, database: 'litellm', kind: 'table', returnable: true },
      ...{ objects: 1, names: ['reports'], statements: [] },
      ...change,
    },
  ],
  unseen: [],
});

const BLOCKING: readonly Case[] = [
  [
    'the Cluster is as before the adoption',
    turns({}, { cluster: { managedRoles: HEALTHY_CLUSTER.managedRoles } }),
    'cluster-keeps-the-adoption',
    'logs in as "litellm_a", which Cluster ai-system/litellm-postgresql no longer declares',
    'declare the roles again with "cnpg-rotate adopt litellm"',
  ],
  [
    'the Cluster is as before the adoption, and so is the catalogue',
    { secret: { username: A.role } },
    'cluster-keeps-the-adoption',
    'CNPG reads Secret ai-system/litellm-db-secret for the owner "litellm" again',
    "the source of the Cluster's manifest",
  ],
  [
    'one of them is not managed',
    turns({}, second({ name: 'another' })),
    'role-is-managed',
    'does not manage the role "litellm_b"',
    '{name: litellm_b, ensure: present, login: true, inRoles: [litellm], passwordSecret: {name: litellm-b-role}}',
  ],
  [
    'one of them is managed with the application’s Secret',
    turns({}, second({ passwordSecret: LITELLM.secret })),
    'role-is-managed',
    'passwordSecret "litellm-db-secret", not "litellm-b-role"',
    'spec.managed.roles',
  ],
  [
    'one of them may not log in',
    turns({}, second({ login: false })),
    'role-may-log-in',
    '"litellm_b" without login: true',
    'Set login: true for "litellm_b"',
  ],
  [
    'one of them has expired',
    turns({}, second({ validUntil: new Date(NOW.getTime() - 1).toISOString() })),
    'role-is-valid',
    '"litellm_b"',
    'later validUntil',
  ],
  [
    'one of them is no member of the owner',
    turns({}, second({ inRoles: [] })),
    'login-roles-are-members',
    '"litellm_b" without inRoles: [litellm]',
    'Set inRoles: [litellm] for "litellm_b" in spec.managed.roles',
  ],
  [
    'one of them acts as itself',
    turns(acting(B.role)),
    'login-roles-act-as-the-owner',
    '"litellm_b" acts as itself in database "litellm", as after a restore',
    `-d litellm -c "REASSIGN OWNED BY \\"litellm_b\\" TO \\"litellm\\"; ALTER ROLE \\"litellm_b\\" SET role = 'litellm'"`,
  ],
  [
    'PostgreSQL has no such owner',
    turns({ roles: [{ ...PLAIN, name: A.role, actsAs: 'litellm', memberOf: ['litellm'], sessions: 0 }] }),
    'login-roles-act-as-the-owner',
    'no role "litellm"',
    'alternating.owner of "litellm"',
  ],
  [
    'the catalogue has an adopted component rotate in place',
    { cluster: ALTERNATING_CLUSTER, secret: { username: A.role } },
    'catalogue-knows-the-strategy',
    'logs in as "litellm_a", which acts for "litellm"',
    'Put "strategy: alternating" under "litellm" in the catalogue',
  ],
  [
    'the application still logs in as the owner',
    {
      ...turns({}, { secret: { username: 'litellm' } }),
      turns: { logins: [loginSecret(A), loginSecret(B)], roles: 'unknown', held: 'unknown' },
    },
    'application-names-a-login-role',
    'username "litellm", which is neither "litellm_a" nor "litellm_b"',
    'cnpg-rotate adopt litellm',
  ],
  [
    'the application’s Secret has no username, so that nothing tells whose turn it is',
    {
      ...turns({}, { secret: { hasUsername: false, username: '' } }),
      turns: { logins: [loginSecret(A), loginSecret(B)], roles: 'unknown', held: 'unknown' },
    },
    'secret-is-complete',
    'has no "username"',
    'Its "username" says whose turn it is',
  ],
  [
    'another Secret with the password does not say whose it is',
    turns({}, { companions: { found: [{ name: 'litellm-env', immutable: false, withoutUser: true }], warnings: [] } }),
    'secrets-name-the-user',
    "Secret ai-system/litellm-env holds the password without the user's name",
    'Add a key "username", or a URI',
  ],
  [
    'a login role has no Secret',
    turns({ logins: [loginSecret(A), loginSecret(B, { state: 'absent' })] }),
    'login-roles-have-secrets',
    'Secret ai-system/litellm-b-role, from which CNPG is to set the password of role "litellm_b": absent',
    'the "username" litellm_b',
  ],
  [
    'Flux would put the verifier of a login role back',
    turns({ logins: [loginSecret(A), loginSecret(B, { fluxKustomization: 'flux-system/apps' })] }),
    'secrets-are-ours',
    'Secret ai-system/litellm-b-role is applied by Flux',
    'annotate secret litellm-b-role',
  ],
  [
    'the Secret of a login role is immutable',
    turns({ logins: [loginSecret(A, { immutable: true }), loginSecret(B)] }),
    'secrets-may-be-changed',
    'Secret ai-system/litellm-a-role is immutable',
    'second Secret',
  ],
  [
    'a login role owns what it cannot give back',
    turns({ held: holding({ kind: 'schema', returnable: false }) }),
    'login-roles-own-nothing',
    '"litellm_a" has schema reports in database "litellm"',
    'exec litellm-postgresql-1 -c postgres -- psql -U postgres -d litellm -c "REASSIGN OWNED BY',
  ],
  [
    'a policy is for one of the two login roles',
    turns({ held: holding({ kind: 'policy', statements: ['ALTER POLICY reports ON t TO litellm'] }) }),
    'nothing-names-a-login-role',
    '"litellm_a" has policy reports',
    'ALTER POLICY reports ON t TO litellm',
  ],
  [
    'PostgreSQL ignores the role of a login role',
    turns({ held: { serverVersion: 170_001, held: [], unseen: [] } }),
    'sessions-keep-the-owner',
    'PostgreSQL 17.1 ignores ALTER ROLE',
    '17.2',
  ],
  [
    'a setting of the active role would be lost, and one of the idle role won',
    having({ settings: { search_path: 'one', work_mem: 'two' } }, { settings: { search_path: 'other', 'app.x': 'z' } }),
    'login-roles-are-alike',
    '"litellm_b", with which the application is to log in, is not like "litellm_a": it has other settings (app.x, search_path, work_mem).',
    'exec litellm-postgresql-1 -c postgres -- psql -U postgres -d litellm -c "SELECT rolname, datname, setconfig',
  ],
  [
    'the idle role is in fewer groups, and may have fewer connections',
    having({ memberOf: ['litellm', 'reporting'] }, { connectionLimit: 5 }),
    'login-roles-are-alike',
    'no membership in reporting and CONNECTION LIMIT 5',
    'same inRoles and connectionLimit',
  ],
  [
    'nobody could read what the login roles own, though the password works',
    turns({ held: 'unknown' }),
    'login-roles-are-looked-at',
    'What the login roles of "litellm" own in PostgreSQL could not be read',
    'cnpg-rotate rights --exec',
  ],
];

const WARNINGS: readonly Case[] = [
  [
    'CNPG does not watch the Secret of a login role',
    turns({ logins: [loginSecret(A), loginSecret(B, { hasReloadLabel: false })] }),
    'login-secrets-are-watched',
    'Secret ai-system/litellm-b-role has no label cnpg.io/reload',
    'kubectl -n ai-system label secret litellm-b-role cnpg.io/reload=true',
  ],
  [
    'somebody still has sessions of the idle role',
    turns({
      roles: [
        { ...PLAIN, name: 'litellm' },
        { ...PLAIN, name: A.role, actsAs: 'litellm', memberOf: ['litellm'], sessions: 4 },
        { ...PLAIN, name: B.role, actsAs: 'litellm', memberOf: ['litellm'], sessions: 2 },
      ],
    }),
    'idle-role-is-idle',
    'The idle role "litellm_b" has 2 sessions',
    "usename = 'litellm_b'",
  ],
  [
    'the active role’s password is refused',
    { ...turns(), login: 'refused' },
    'current-password-works',
    'for role "litellm_a"',
    'cnpg.io/reloadedAt',
  ],
];

describe('of roles that take turns, preflight', () => {
  it('finds nothing where all is as it should be, whatever label and type the application’s Secret has', () => {
    expect(findings(turns({}, { secret: { type: 'Opaque', hasReloadLabel: false } }))).toEqual([]);
  });

  it('finds nothing in an old CNPG that would log passwords, since it is given none', () => {
    expect(findings(turns({}, { surroundings: { cnpgVersion: '1.28.0' } }))).toEqual([]);
  });

  it('finds nothing where the idle role has more, or the roles differ in what is logged', () => {
    const limits = having({ connectionLimit: 5 }, { connectionLimit: -1, memberOf: ['litellm', 'reporting'] });
    expect(findings(limits)).toEqual([]);
    expect(findings(having({ settings: { log_statement: 'x' } }, {}))).toEqual([]);
  });

  it('finds nothing where PostgreSQL could not be asked', () => {
    expect(findings(turns({ roles: 'unknown' }))).toEqual([]);
  });

  refusesToBegin(BLOCKING);
  warns(WARNINGS);
});

it('an adopted component that is to rotate in place has no second finding, whose mend would undo the adoption', () => {
  const found = findings({ cluster: ALTERNATING_CLUSTER, secret: { username: A.role } });
  expect(found.map(({ rule }) => rule)).toEqual(['catalogue-knows-the-strategy']);
});

it('the roles of an adopted component are named where the catalogue has the usual names', () => {
  const managedRoles = ALTERNATING_CLUSTER.managedRoles.map((one) =>
    one.name === A.role ? { ...one, name: 'x', passwordSecret: 'x-role' } : one,
  );
  const [found] = findings({ cluster: { ...ALTERNATING_CLUSTER, managedRoles }, secret: { username: 'x' } });
  expect(found?.mend).toContain('alternating: {roles: ["x", "litellm_b"], secrets: ["x-role", "litellm-b-role"]}');
});
