import { alternatingSpec, recordOf } from '../../../src/domain/adopt/index.ts';
import { adoptionNames } from '../../../src/domain/adopt/names.ts';
import type { Component } from '../../../src/domain/component.ts';
import { GITOPS, LITELLM } from '../../harness/examples.ts';
import { IN_PLACE, NAMES, OBJECT, OWNER, type Case } from './world.ts';

const RECORD = recordOf(IN_PLACE, NAMES);
const LONG = withRoles(['r'.repeat(64), 'b']);
const RESERVED = withRoles(['pg_a', 'b']);
const FOREIGN = { name: 'litellm_b', login: true, passwordSecret: { name: 'another-db-secret' } };
const UNDO = { direction: 'undo', record: RECORD, activeRole: 'litellm_a' } as const;

function withRoles([a, b]: readonly [string, string]): Component {
  const [first, second] = LITELLM.alternating.logins;
  const logins = [
    { ...first, role: a },
    { ...second, role: b },
  ] as const;
  return { ...LITELLM, alternating: { ...LITELLM.alternating, logins } };
}

/** What refuses an adoption because of the names that it would write, or because of what already has such a name. */
export const NAME_CASES: readonly Case[] = [
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
    'PostgreSQL has a role of a login role’s name',
    { database: { roles: [OWNER, { ...OWNER, name: 'litellm_a', owns: 0 }] } },
    'login-roles-are-free',
    '"litellm_a" (not in spec.managed.roles, is no member of "litellm")',
  ],
  [
    'another application’s managed role has a login role’s name',
    {
      cluster: { spec: { ...IN_PLACE, roles: [...IN_PLACE.roles, FOREIGN] } },
      database: { roles: [OWNER, { ...OWNER, name: 'litellm_b', owns: 0 }] },
    },
    'login-roles-are-free',
    '"litellm_b" (gets its password from Secret another-db-secret, not from litellm-b-role, is no member of "litellm")',
  ],
  [
    'another application’s DatabaseRole has a login role’s name, and its role is not there yet',
    {
      cluster: {
        spec: { roles: [], databaseRoles: [OBJECT, { object: 'other', spec: { ...FOREIGN, inRoles: ['litellm'] } }] },
      },
    },
    'login-roles-are-free',
    '"litellm_b" (gets its password from Secret another-db-secret',
  ],
  [
    'a DatabaseRole of another Cluster has the name of a login role’s Secret',
    {
      cluster: { spec: { roles: [], databaseRoles: [OBJECT] }, otherDatabaseRoles: ['litellm-b-role'] },
    },
    'role-objects-are-free',
    'DatabaseRole ai-system/litellm-b-role exists already',
  ],
  [
    'another role’s DatabaseRole has the name of a login role’s Secret',
    {
      cluster: {
        spec: { roles: [], databaseRoles: [OBJECT, { object: 'litellm-a-role', spec: { name: 'grafana' } }] },
      },
    },
    'role-objects-are-free',
    'DatabaseRole ai-system/litellm-a-role exists already',
  ],
  [
    'an undoing would drop a role that the adoption did not make',
    {
      ...UNDO,
      cluster: { spec: { ...IN_PLACE, roles: [...IN_PLACE.roles, FOREIGN] } },
      database: { roles: [OWNER, { ...OWNER, name: 'litellm_b', owns: 0 }] },
    },
    'login-roles-are-ours',
    '"litellm_b" (gets its password from Secret another-db-secret',
  ],
  [
    'an undoing would drop a role whose Secret is another component’s',
    {
      ...UNDO,
      cluster: { spec: alternatingSpec(IN_PLACE, NAMES) },
      roleSecrets: { 'litellm-b-role': 'foreign' },
      database: { roles: [OWNER, { ...OWNER, name: 'litellm_b', owns: 0, memberOf: ['litellm'] }] },
    },
    'login-roles-are-ours',
    '"litellm_b" (Secret litellm-b-role is not of an adoption)',
  ],
  [
    'the owner’s Secret is of another component’s adoption',
    { ...UNDO, roleSecrets: { 'litellm-owner-role': 'foreign' } },
    'component-was-adopted',
    'says how another Cluster was',
  ],
  [
    'the catalogue now has other names than the adoption had',
    { record: { ...RECORD, roles: ['x', 'y'] } },
    'component-was-adopted',
    'adopted with the login roles "x" and "y"',
  ],
  [
    'a login role would have a name that PostgreSQL reserves',
    { component: RESERVED, names: adoptionNames(RESERVED) },
    'names-fit',
    'the role name "pg_a"',
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
    'nothing was adopted that could be undone, and somebody declared the roles by hand',
    { direction: 'undo', cluster: { spec: alternatingSpec(IN_PLACE, NAMES) } },
    'component-was-adopted',
    'was not adopted by cnpg-rotate',
  ],
  [
    'the login roles that go have something in a database that nobody can enter',
    {
      direction: 'undo',
      record: RECORD,
      cluster: { spec: alternatingSpec(IN_PLACE, NAMES) },
      database: { loginsIn: [{ database: 'shut', connects: false }] },
    },
    'login-roles-can-be-released',
    'something in "shut", which takes no connections',
  ],
];
