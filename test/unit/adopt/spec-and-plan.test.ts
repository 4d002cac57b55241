import { applyPatch } from 'diff';
import { parse } from 'yaml';
import {
  alternatingSpec,
  catalogueAdvice,
  describePlan,
  inPlaceSpec,
  planAdoption,
  passwordSecretOf,
  recordOf,
  sameSpec,
  specBefore,
  type AdoptionRecord,
  type RoleSpec,
} from '../../../src/domain/adopt/index.ts';
import { manifestPatch, roleSecretManifests } from '../../../src/domain/adopt/patch.ts';
import { LITELLM } from '../../harness/examples.ts';
import { facts, GRAFANA, IN_PLACE, NAMES, OBJECT, type Change } from './world.ts';

const [FIRST] = IN_PLACE.roles;
const OWNER_ENTRY = { ...FIRST, name: 'litellm' };

/** Specs as they stand before an adoption. */
const LAYOUTS: readonly (readonly [string, RoleSpec])[] = [
  ['the owner’s Secret is also the application’s and the bootstrap’s', IN_PLACE],
  [
    'the owner has a Secret apart from the application’s',
    {
      roles: [{ ...OWNER_ENTRY, passwordSecret: { name: 'litellm-credentials' } }],
      bootstrap: { method: 'initdb', secret: 'litellm-credentials' },
    },
  ],
  [
    'the bootstrap uses the Secret that CNPG makes',
    {
      roles: [{ ...OWNER_ENTRY, passwordSecret: { name: 'litellm-postgresql-app' } }],
      bootstrap: { method: 'recovery' },
    },
  ],
  ['there is no second path', { roles: IN_PLACE.roles }],
  ['the bootstrap alone sets the password', { roles: [GRAFANA], bootstrap: { method: 'initdb' } }],
  [
    'the owner is managed without a Secret',
    { roles: [{ name: 'litellm', login: true, createdb: true }], bootstrap: { method: 'pg_basebackup', secret: 'x' } },
  ],
  ['there are other roles before and behind', { roles: [GRAFANA, OWNER_ENTRY, { ...GRAFANA, name: 'other' }] }],
];

function record(spec: RoleSpec): AdoptionRecord {
  const noted = recordOf(spec, NAMES);
  if (noted === undefined) throw new Error('nothing to note');
  return noted;
}

describe.each(LAYOUTS)('where %s', (_, before) => {
  const after = alternatingSpec(before, NAMES);

  it('both paths lead to the owner’s own Secret, and the login roles are members of the owner', () => {
    const secrets = after.roles.flatMap((role) => (role.name === 'litellm' ? (passwordSecretOf(role) ?? []) : []));
    expect([...secrets, ...(after.bootstrap === undefined ? [] : [after.bootstrap.secret])]).not.toEqual([]);
    expect(new Set([...secrets, after.bootstrap?.secret ?? 'litellm-owner-role'])).toEqual(
      new Set(['litellm-owner-role']),
    );
    expect(after.bootstrap?.secret).toBe(before.bootstrap === undefined ? undefined : 'litellm-owner-role');
    expect(after.roles.slice(-2)).toEqual(
      ['a', 'b'].map((letter) => ({
        name: `litellm_${letter}`,
        ensure: 'present',
        login: true,
        inherit: true,
        connectionLimit: -1,
        inRoles: ['litellm'],
        passwordSecret: { name: `litellm-${letter}-role` },
      })),
    );
  });

  it('adopting twice is as once', () => {
    expect(sameSpec(alternatingSpec(after, NAMES), after)).toBe(true);
    expect(sameSpec(after, before)).toBe(false);
  });

  it('the way back tells CNPG to drop the login roles, and ends with the spec as it was', () => {
    const dropping = inPlaceSpec(after, NAMES, record(before));
    expect(dropping.roles.filter(({ ensure }) => ensure === 'absent').map(({ name }) => name)).toEqual([
      'litellm_a',
      'litellm_b',
    ]);
    expect(specBefore(dropping, NAMES, record(before))).toEqual(before);
  });

  it('taking back what was never declared changes nothing', () => {
    expect(sameSpec(inPlaceSpec(before, NAMES, record(before)), before)).toBe(true);
  });
});

it('what limits the owner’s logins limits those of the login roles', () => {
  const spec = { roles: [{ ...OWNER_ENTRY, connectionLimit: 20, validUntil: '2027-01-01T00:00:00Z' }] };
  expect(alternatingSpec(spec, NAMES).roles.slice(1)).toMatchObject([
    { connectionLimit: 20, validUntil: '2027-01-01T00:00:00Z' },
    { connectionLimit: 20, validUntil: '2027-01-01T00:00:00Z' },
  ]);
});

it('the order of a spec’s fields says nothing', () => {
  const [role] = IN_PLACE.roles;
  const reversed = { ...IN_PLACE, roles: [{ name: '', ...Object.fromEntries(Object.entries(role ?? {}).reverse()) }] };
  expect(sameSpec(reversed, IN_PLACE)).toBe(true);
});

describe('the plan', () => {
  const noted = { record: record(IN_PLACE), cluster: { spec: alternatingSpec(IN_PLACE, NAMES) } };
  const cases: readonly (readonly [string, Change, object])[] = [
    [
      'an untouched component: everything',
      {},
      {
        turn: { active: { role: 'litellm', secret: 'litellm-owner-role' }, idle: { role: 'litellm_a' } },
        roles: true,
        done: false,
      },
    ],
    [
      'roles that are declared, and an application with the owner: the turn',
      noted,
      {
        turn: { idle: { role: 'litellm_a' } },
        roles: false,
        done: false,
      },
    ],
    [
      'an application with a login role, and one role missing: the roles',
      {
        ...noted,
        activeRole: 'litellm_b',
        cluster: { spec: { ...IN_PLACE, roles: noted.cluster.spec.roles.slice(0, 2) } },
      },
      { roles: true, done: false },
    ],
    ['an adopted component: nothing', { ...noted, activeRole: 'litellm_b' }, { roles: false, done: true }],
    [
      'an adopted component to be undone: from whichever role is active',
      {
        ...noted,
        direction: 'undo',
        activeRole: 'litellm_b',
      },
      {
        turn: { active: { role: 'litellm_b' }, idle: { role: 'litellm', secret: 'litellm-owner-role' } },
        roles: true,
        done: false,
      },
    ],
    [
      'an undoing that stopped behind its turn: the roles',
      { ...noted, direction: 'undo' },
      {
        roles: true,
        done: false,
      },
    ],
  ];
  it.each(cases)('for %s', (_, change, expected) => {
    const plan = planAdoption(facts(change));
    expect(plan).toMatchObject(expected);
    expect(plan.turn === undefined).toBe(!('turn' in expected));
    const { direction } = facts(change);
    const lines = describePlan(plan, { direction, names: NAMES, workloads: ['Deployment litellm'], inGit: true });
    expect(lines.join('\n')).toContain(
      plan.done ? 'Nothing' : plan.turn === undefined ? 'litellm_b' : 'Secrets by a commit, restart Deployment litellm',
    );
  });
});

describe('the patch for Git', () => {
  const change = {
    component: LITELLM,
    names: NAMES,
    bootstrap: { initdb: { database: 'litellm', owner: 'litellm', secret: { name: 'litellm-db-secret' } } },
    before: IN_PLACE,
    after: alternatingSpec(IN_PLACE, NAMES),
    strategy: { before: 'in-place', after: 'alternating' },
  };

  it('turns the Cluster’s manifest into one that has the roles', () => {
    const [cluster = ''] = manifestPatch(change).split(/^(?=--- a\/components)/m);
    const manifest = `apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata:
  name: litellm-postgresql
  namespace: ai-system
spec:
  bootstrap:
    initdb:
      database: litellm
      owner: litellm
      secret:
        name: litellm-db-secret
  managed:
    roles:
      - name: litellm
        ensure: present
        login: true
        superuser: false
        passwordSecret:
          name: litellm-db-secret
`;
    const patched = applyPatch(manifest, cluster);
    expect(patched).not.toBe(false);
    const { spec } = parse(patched === false ? '' : patched) as {
      spec: { bootstrap: object; managed: { roles: { name: string }[] } };
    };
    expect(spec.bootstrap).toMatchObject({ initdb: { database: 'litellm', secret: { name: 'litellm-owner-role' } } });
    expect(spec.managed.roles.map(({ name }) => name)).toEqual(['litellm', 'litellm_a', 'litellm_b']);
  });

  it('has a file for each new DatabaseRole, and takes it away when the adoption is undone', () => {
    const before = { roles: [], databaseRoles: [OBJECT] };
    const after = alternatingSpec(before, NAMES);
    const [owner = '', first = ''] = manifestPatch({ ...change, before, after }).split(/^(?=--- )/m);
    expect(owner).toMatch(/^--- a\/litellm-role\.yaml\n\+\+\+ b\/litellm-role\.yaml/);
    expect(first).toMatch(/^--- \/dev\/null\n\+\+\+ b\/litellm-a-role\.yaml/);
    const manifest = applyPatch('', first);
    expect(parse(manifest === false ? '' : manifest)).toEqual({
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'DatabaseRole',
      metadata: { name: 'litellm-a-role', namespace: 'ai-system' },
      spec: {
        cluster: { name: 'litellm-postgresql' },
        name: 'litellm_a',
        login: true,
        inRoles: ['litellm'],
        passwordSecret: { name: 'litellm-a-role' },
      },
    });
    const back = manifestPatch({ ...change, before: after, after: before });
    expect(back).toMatch(/^--- a\/litellm-a-role\.yaml\n\+\+\+ \/dev\/null/m);
    expect(back).not.toContain('kind: Cluster');
  });

  it('leaves out a Cluster that has the roles already', () => {
    expect(manifestPatch({ ...change, before: change.after })).toMatch(/^--- a\/components.yaml/);
  });

  it('names the strategy in the catalogue', () => {
    expect(manifestPatch(change)).toContain('+    strategy: alternating');
  });

  it('shows the Secrets without what they hold', () => {
    expect(roleSecretManifests(LITELLM, NAMES).match(/username: (\w+)/g)).toEqual([
      'username: litellm',
      'username: litellm_a',
      'username: litellm_b',
    ]);
    expect(roleSecretManifests(LITELLM, NAMES)).not.toContain('SCRAM-SHA-256');
  });
});

describe('what the catalogue has to say next', () => {
  it.each([
    ['adopted', 'in-place', 'put "strategy: alternating" under "litellm"'],
    ['undone', 'alternating', 'take "strategy: alternating" of "litellm" out'],
  ] as const)('%s, and the catalogue says %s', (outcome, now, text) => {
    expect(catalogueAdvice('litellm', outcome, now)).toContain(text);
  });

  it.each([
    ['adopted', 'alternating'],
    ['undone', 'in-place'],
    ['rolled-back', 'in-place'],
  ] as const)('is nothing when %s and the catalogue says %s', (outcome, now) => {
    expect(catalogueAdvice('litellm', outcome, now)).toBeUndefined();
  });
});
