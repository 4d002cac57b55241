import type { RoleSecretFacts } from '../../../src/domain/preflight/index.ts';
import { LITELLM } from '../../harness/examples.ts';
import { findings, refusesToBegin, warns, type Case, type Change } from './world.ts';

/** Another role's Secret in that state, under that version of CNPG. */
const other = (
  state: RoleSecretFacts['state'],
  cnpgVersion: string,
  readFor: RoleSecretFacts['readFor'] = 'managed.roles',
): Change => ({
  secretsOfOtherRoles: [{ role: 'reader', secret: 'reader-secret', readFor, state }],
  surroundings: { cnpgVersion },
});

const BLOCKING: readonly Case[] = [
  [
    'the superuser has a bad Secret, at which every CNPG stops before it comes to the owner by bootstrap',
    {
      ...other('wrong username', '1.30.0', 'access'),
      cluster: {
        managedRoles: [],
        applicationOwner: { role: 'litellm', secret: LITELLM.secret, bootstrap: 'initdb' },
      },
    },
    'other-roles-stop-nothing',
    'role "reader", Secret ai-system/reader-secret: wrong username',
    'Give each of these Secrets',
  ],
  [
    'there is none',
    { secret: 'absent' },
    'secret-exists',
    'Secret ai-system/litellm-db-secret does not exist',
    'Create it',
  ],
  [
    'it has no password',
    { secret: { hasPassword: false } },
    'secret-is-complete',
    'has no "password"',
    'add what is missing',
  ],
  [
    'it has neither username nor password',
    { secret: { hasUsername: false, hasPassword: false, username: '' } },
    'secret-is-complete',
    'has no "username" and no "password"',
    'add what is missing',
  ],
  [
    'its username is not the role',
    { secret: { username: 'app' } },
    'username-matches',
    'username "app"',
    'set "username"',
  ],
  [
    'what stands in its key "username" is no role’s name, and so is not told',
    { secret: { username: '' } },
    'username-matches',
    'has a key "username" that names no role of the Cluster, but the managed role is "litellm"',
    'set "username"',
  ],
  ['it is immutable', { secret: { immutable: true } }, 'secrets-may-be-changed', 'immutable', 'second Secret'],
  [
    'Flux would put the old password back',
    { secret: { fluxKustomization: 'flux-system/apps' } },
    'secrets-are-ours',
    'Kustomization flux-system/apps',
    'annotate secret litellm-db-secret kustomize.toolkit.fluxcd.io/reconcile=disabled',
  ],
  [
    'the Secret of another managed role is bad, and CNPG may be one that stops at it',
    other('wrong username', 'unknown'),
    'other-roles-stop-nothing',
    'role "reader", Secret ai-system/reader-secret: wrong username',
    'a "username" that is the name of its role',
  ],
];

const COMPANIONS: readonly Case[] = [
  [
    'another Secret that the catalogue names does not do',
    {
      companions: {
        refused: 'Secret ai-system/litellm-env cannot change with the password: none.',
      },
    },
    'named-secrets-hold-the-password',
    'litellm-env cannot change',
    'take it out of otherSecrets',
  ],
  [
    'another Secret with the password is immutable',
    { companions: { found: [{ name: 'litellm-env', immutable: true }], warnings: [] } },
    'secrets-may-be-changed',
    'Secret ai-system/litellm-env is immutable',
    'second Secret',
  ],
  [
    'Flux would revert another Secret with the password',
    {
      companions: {
        found: [{ name: 'litellm-env', immutable: false, fluxKustomization: 'flux-system/apps' }],
        warnings: [],
      },
    },
    'secrets-are-ours',
    'Secret ai-system/litellm-env is applied by Flux',
    'annotate secret litellm-env',
  ],
];

const WARNINGS: readonly Case[] = [
  [
    'other Secrets with the password could not be looked for',
    { companions: { found: [], warnings: ['The Secrets may not be listed.'] } },
    'other-secrets-are-found',
    'may not be listed',
    'otherSecrets of "litellm"',
  ],
  [
    'it has no label for CNPG',
    { secret: { hasReloadLabel: false } },
    'secret-is-watched',
    'no label cnpg.io/reload',
    'kubectl -n ai-system label secret litellm-db-secret cnpg.io/reload=true',
  ],
  [
    'it is of another type',
    { secret: { type: 'Opaque' } },
    'secret-is-of-its-type',
    'is of type Opaque',
    'a type cannot be changed',
  ],
  [
    'the Secret of another managed role is bad, but CNPG goes on',
    other('no username', '1.29.2'),
    'other-roles-are-fine',
    'does not stop this rotation',
    'Give each of these roles',
  ],
  [
    'the Secret of the database’s owner is bad, which every CNPG reads after it has set all managed roles',
    other('no password', 'unknown', 'bootstrap'),
    'other-roles-are-fine',
    'Secret ai-system/reader-secret: no password. It does not stop this rotation',
    'Give each of these roles',
  ],
  [
    'the superuser has a bad Secret, which every CNPG reads after it has set all managed roles',
    other('wrong username', 'unknown', 'access'),
    'other-roles-are-fine',
    'wrong username. It does not stop this rotation',
    'Give each of these roles',
  ],
  [
    'the Secret of another managed role is missing, which stops no CNPG',
    other('absent', 'unknown'),
    'other-roles-are-fine',
    'Secret ai-system/reader-secret: absent',
    'Give each of these roles',
  ],
];

describe('of the Secret, preflight', () => {
  refusesToBegin([...BLOCKING, ...COMPANIONS]);
  warns(WARNINGS);

  it.each<readonly [string, Change]>([
    ['Flux manages it and the source is Git', { source: 'gitops', secret: { fluxKustomization: 'flux-system/apps' } }],
    ['the Secrets of the other roles are fine', other('fine', 'unknown')],
    ['those of the other roles may not be read', other('unknown', 'unknown')],
  ])('finds nothing when %s', (_, change) => {
    expect(findings(change)).toEqual([]);
  });
});
