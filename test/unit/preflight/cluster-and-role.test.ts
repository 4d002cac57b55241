import type { ManagedRole } from '../../../src/domain/cluster.ts';
import { HEALTHY_CLUSTER, LITELLM } from '../../harness/examples.ts';
import { expectFirst, findings, role, type Case, type Change } from './world.ts';

const declared = (declaredBy: ManagedRole['declaredBy']): ManagedRole => ({
  name: 'litellm',
  ensure: 'present',
  login: true,
  passwordSecret: LITELLM.secret,
  declaredBy,
});

const CASES: readonly Case[] = [
  [
    'there is no Cluster',
    { cluster: 'absent' },
    'cluster-exists',
    'Cluster ai-system/litellm-postgresql does not exist',
    'kubectl get clusters.postgresql.cnpg.io -A',
  ],
  [
    'it is a replica cluster',
    { cluster: { replicaOf: 'litellm-eu' } },
    'cluster-is-not-a-replica',
    'replica cluster of "litellm-eu"',
    'Rotate the component of the Cluster "litellm-eu"',
  ],
  [
    'it is hibernated',
    { cluster: { hibernated: true } },
    'cluster-is-not-hibernated',
    'is hibernated',
    'kubectl -n ai-system annotate cluster litellm-postgresql cnpg.io/hibernation=off --overwrite',
  ],
  [
    'its primary is fenced',
    { cluster: { fencedInstances: ['litellm-postgresql-1'] } },
    'primary-is-not-fenced',
    'its primary litellm-postgresql-1 fenced',
    'fencing off litellm-postgresql litellm-postgresql-1',
  ],
  [
    'all its instances are fenced',
    { cluster: { fencedInstances: ['*'] } },
    'primary-is-not-fenced',
    'all its instances fenced',
    'fencing off litellm-postgresql "*"',
  ],
  [
    'it fails over',
    { cluster: { phase: 'Failing over', phaseReason: 'pod is gone' } },
    'cluster-is-healthy',
    '"Failing over" (pod is gone)',
    'Wait until',
  ],
  [
    'it waits for its user',
    { cluster: { phase: 'Waiting for user action' } },
    'cluster-is-healthy',
    '"Waiting for user action"',
    'It will not pass by itself: restart or switch over',
  ],
  [
    'its disk is full',
    { cluster: { phase: 'Not enough disk space' } },
    'cluster-is-healthy',
    '"Not enough disk space"',
    'enlarge its volumes',
  ],
  [
    'it is beyond recovery',
    { cluster: { phase: 'Cluster is unrecoverable and needs manual intervention' } },
    'cluster-is-healthy',
    'unrecoverable',
    'restore it from a backup',
  ],
  [
    'its primary is changing',
    { cluster: { targetPrimary: 'litellm-postgresql-2' } },
    'primary-is-settled',
    'from litellm-postgresql-1 to litellm-postgresql-2',
    'Wait until',
  ],
  [
    'CNPG is told to leave it alone',
    { cluster: { reconciliationDisabled: true } },
    'cluster-is-reconciled',
    'cnpg.io/reconciliationLoop: disabled',
    'annotate cluster litellm-postgresql cnpg.io/reconciliationLoop-',
  ],
  [
    'the role is not managed',
    { cluster: { managedRoles: [] } },
    'role-is-managed',
    'not in spec.managed.roles',
    '{name: litellm, ensure: present, login: true, passwordSecret: {name: litellm-db-secret}}',
  ],
  [
    'the role has another Secret',
    role({ passwordSecret: 'other' }),
    'role-is-managed',
    '"other", not "litellm-db-secret" (managed.roles)',
    'into spec.managed.roles',
  ],
  [
    'a DatabaseRole gives the role another Secret',
    role({ passwordSecret: 'other', declaredBy: 'DatabaseRole litellm-role' }),
    'role-is-managed',
    '(DatabaseRole litellm-role)',
    'Set passwordSecret: {name: litellm-db-secret} in DatabaseRole litellm-role',
  ],
  [
    'it is of the superuser, whom the Cluster gives no access',
    { component: { ...LITELLM, role: 'postgres' } },
    'role-is-managed',
    'gives the superuser no password (spec.enableSuperuserAccess is not true)',
    `-p '{"spec":{"enableSuperuserAccess":true}}'`,
  ],
  [
    'it is of the superuser, and names another Secret than the Cluster',
    { component: { ...LITELLM, role: 'postgres' }, cluster: { superuser: { secret: 'litellm-postgresql-superuser' } } },
    'role-is-managed',
    'litellm-postgresql-superuser (spec.enableSuperuserAccess), not from "litellm-db-secret"',
    'Set secret: litellm-postgresql-superuser of the component "litellm"',
  ],
  ['the role is to be absent', role({ ensure: 'absent' }), 'role-is-managed', 'ensure: absent', 'ensure: present'],
  [
    'the role is declared twice',
    { cluster: { managedRoles: [declared('managed.roles'), declared('DatabaseRole litellm-role')] } },
    'role-is-declared-once',
    'by managed.roles and by DatabaseRole litellm-role',
    'delete databaserole litellm-role',
  ],
  [
    'the role may not log in',
    role({ login: false }),
    'role-may-log-in',
    'NOLOGIN',
    'Set login: true for "litellm" in spec.managed.roles',
  ],
  [
    'the role was valid until yesterday',
    role({ validUntil: '2026-11-23T08:00:00Z' }),
    'role-is-valid',
    'valid until 2026-11-23T08:00:00Z, which is over',
    'Set a later validUntil',
  ],
  [
    'it owns the database with another Secret',
    { cluster: { applicationOwner: { role: 'litellm', secret: 'litellm-postgresql-app', bootstrap: 'initdb' } } },
    'secrets-agree-on-the-role',
    'Secret ai-system/litellm-postgresql-app by spec.bootstrap.initdb',
    `-p '{"spec":{"bootstrap":{"initdb":{"secret":{"name":"litellm-db-secret"}}}}}'`,
  ],
  [
    'it is the owner by bootstrap alone, with another Secret',
    {
      cluster: {
        managedRoles: [],
        applicationOwner: { role: 'litellm', secret: 'litellm-postgresql-app', bootstrap: 'recovery' },
      },
    },
    'role-is-managed',
    'from Secret ai-system/litellm-postgresql-app (spec.bootstrap.recovery), not from "litellm-db-secret"',
    'Set secret: litellm-postgresql-app of the component "litellm"',
  ],
];

describe('of the Cluster and the role, preflight', () => {
  it.each(CASES)('refuses to begin when %s', (...one) => {
    expectFirst(one[1], 'blocking', one);
  });

  it.each<readonly [string, Change]>([
    ['a replica of it is fenced', { cluster: { fencedInstances: ['litellm-postgresql-2'] } }],
    ['a DatabaseRole declares the role', role({ declaredBy: 'DatabaseRole litellm-role' })],
    [
      'it owns the database with the same Secret',
      { cluster: { applicationOwner: { role: 'litellm', secret: LITELLM.secret, bootstrap: 'initdb' } } },
    ],
    [
      'it is the owner by bootstrap alone',
      {
        cluster: {
          managedRoles: [],
          applicationOwner: { role: 'litellm', secret: LITELLM.secret, bootstrap: 'pg_basebackup' },
        },
      },
    ],
    [
      'it owns the database, and is managed without a Secret of its own',
      {
        cluster: {
          managedRoles: HEALTHY_CLUSTER.managedRoles.map((one) => ({ ...one, passwordSecret: undefined })),
          applicationOwner: { role: 'litellm', secret: LITELLM.secret, bootstrap: 'initdb' },
        },
      },
    ],
    [
      'another role owns the database',
      { cluster: { applicationOwner: { role: 'owner', secret: 'owner-secret', bootstrap: 'initdb' } } },
    ],
  ])('finds nothing when %s', (_, change) => {
    expect(findings(change)).toEqual([]);
  });

  it('names what stays wrong before the annotation that is simply removed', () => {
    const found = findings({ cluster: { reconciliationDisabled: true }, secret: 'absent' });
    expect(found.map(({ rule }) => rule)).toEqual(['secret-exists', 'cluster-is-reconciled']);
  });
});
