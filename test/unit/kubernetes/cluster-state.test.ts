import type { ClusterState } from '../../../src/domain/cluster.ts';
import { toClusterState } from '../../../src/kubernetes/cluster-schema.ts';
import { Clusters } from '../../../src/kubernetes/clusters.ts';
import { StubApi, apiError } from './stub-api.ts';

const state = (spec: object, more: { annotations?: Record<string, string>; status?: object } = {}): ClusterState =>
  toClusterState(
    { metadata: { name: 'db', annotations: more.annotations }, spec, status: more.status },
    'Cluster x/db',
  );

describe('of a CNPG Cluster is read', () => {
  it.each<readonly [string, ClusterState, Partial<ClusterState>]>([
    [
      'that it is fenced',
      state({}, { annotations: { 'cnpg.io/fencedInstances': '["db-1"]' } }),
      { fencedInstances: ['db-1'] },
    ],
    [
      'no fence from a broken annotation',
      state({}, { annotations: { 'cnpg.io/fencedInstances': 'db-1' } }),
      { fencedInstances: [] },
    ],
    ['that it is hibernated', state({}, { annotations: { 'cnpg.io/hibernation': 'on' } }), { hibernated: true }],
    ['that it is not', state({}, { annotations: { 'cnpg.io/hibernation': 'off' } }), { hibernated: false }],
    [
      'that CNPG leaves it alone',
      state({}, { annotations: { 'cnpg.io/reconciliationLoop': 'disabled' } }),
      { reconciliationDisabled: true },
    ],
    [
      'that a time in that annotation disables nothing',
      state({}, { annotations: { 'cnpg.io/reconciliationLoop': '1700000000' } }),
      { reconciliationDisabled: false },
    ],
    ['that it is a replica, by "enabled"', state({ replica: { enabled: true, source: 'eu' } }), { replicaOf: 'eu' }],
    ['that it is a replica, by "primary"', state({ replica: { primary: 'eu', source: 'eu' } }), { replicaOf: 'eu' }],
    [
      'the last backup',
      state({}, { status: { lastSuccessfulBackup: '2026-11-24T02:00:00Z' } }),
      { lastSuccessfulBackup: '2026-11-24T02:00:00Z' },
    ],
    [
      'the owner of its database, with CNPG’s own Secret',
      state({ bootstrap: { initdb: { owner: 'app', database: 'app' } } }),
      { applicationOwner: { role: 'app', secret: 'db-app', bootstrap: 'initdb' } },
    ],
    [
      'the owner after a recovery',
      state({ bootstrap: { recovery: { owner: 'app', database: 'app', secret: { name: 's' } } } }),
      { applicationOwner: { role: 'app', secret: 's', bootstrap: 'recovery' } },
    ],
    [
      'the superuser, with CNPG’s own Secret',
      state({ enableSuperuserAccess: true }),
      { superuser: { secret: 'db-superuser' } },
    ],
    [
      'the superuser, with a Secret of somebody’s own',
      state({ enableSuperuserAccess: true, superuserSecret: { name: 's' } }),
      { superuser: { secret: 's' } },
    ],
    ['no superuser without access', state({ superuserSecret: { name: 's' } }), { superuser: undefined }],
    [
      'how long a role is valid',
      state({ managed: { roles: [{ name: 'app', validUntil: '2026-01-01T00:00:00Z' }] } }),
      {
        managedRoles: [
          {
            name: 'app',
            ensure: 'present',
            login: false,
            declaredBy: 'managed.roles',
            validUntil: '2026-01-01T00:00:00Z',
          },
        ],
      },
    ],
  ])('%s', (_, read, expected) => {
    expect(read).toMatchObject(expected);
  });

  it.each([
    ['is its own primary', { replica: { primary: 'db', source: 'eu' } }],
    ['was promoted', { replica: { enabled: false, source: 'eu' } }],
  ])('that it is no replica when it %s', (_, spec) => {
    expect(state(spec).replicaOf).toBeUndefined();
  });

  it('no owner of a database where the bootstrap makes none', () => {
    expect(state({ bootstrap: { recovery: {} } }).applicationOwner).toBeUndefined();
  });
});

describe('DatabaseRoles', () => {
  const cluster = {
    metadata: { name: 'db' },
    spec: { managed: { roles: [{ name: 'inline', login: true, passwordSecret: { name: 'inline-secret' } }] } },
    status: {
      managedRolesStatus: { passwordStatus: { inline: { resourceVersion: '5' }, moved: { resourceVersion: '1' } } },
    },
  };
  const databaseRole = (name: string, spec: object, status: object = {}): object => ({
    metadata: { name: `${name}-role` },
    spec: { cluster: { name: 'db' }, name, login: true, passwordSecret: { name: `${name}-secret` }, ...spec },
    status,
  });
  const api = (items: readonly object[]): StubApi =>
    new StubApi({ getNamespacedCustomObject: () => cluster, listNamespacedCustomObject: () => ({ items }) });

  it('of the Cluster stand beside its managed roles, with the version that they applied', async () => {
    const found = await new Clusters(
      api([
        databaseRole('moved', {}, { applied: true, secretResourceVersion: '7' }),
        databaseRole('elsewhere', { cluster: { name: 'other' } }),
      ]).connection,
    ).find('ns', 'db');
    expect(found?.managedRoles.map(({ name, declaredBy }) => `${name} by ${declaredBy}`)).toEqual([
      'inline by managed.roles',
      'moved by DatabaseRole moved-role',
    ]);
    expect(found?.appliedSecretVersions).toEqual({ inline: '5', moved: '7' });
  });

  it('say what they cannot reconcile', async () => {
    const found = await new Clusters(
      api([databaseRole('moved', {}, { applied: false, message: 'role "boss" does not exist' })]).connection,
    ).find('ns', 'db');
    expect(found?.cannotReconcile['moved']).toEqual(['role "boss" does not exist']);
    expect(found?.appliedSecretVersions['moved']).toBeUndefined();
  });

  it('that are in managed.roles too leave CNPG’s word on that role alone', async () => {
    const found = await new Clusters(
      api([databaseRole('inline', {}, { applied: false, message: 'managed by the cluster' })]).connection,
    ).find('ns', 'db');
    expect(found?.managedRoles.map(({ declaredBy }) => declaredBy)).toEqual([
      'managed.roles',
      'DatabaseRole inline-role',
    ]);
    expect(found?.appliedSecretVersions['inline']).toBe('5');
    expect(found?.cannotReconcile['inline']).toBeUndefined();
  });

  it.each([
    ['are asked for once where CNPG does not know them', 404, 1],
    ['are none where the account may not list them, until it may', 403, 2],
  ])('%s', async (_, status, lists) => {
    const stub = new StubApi({
      getNamespacedCustomObject: () => cluster,
      listNamespacedCustomObject: () => {
        throw apiError(status);
      },
    });
    const clusters = new Clusters(stub.connection);
    await clusters.find('ns', 'db');
    await expect(clusters.find('ns', 'db')).resolves.toBeDefined();
    expect(stub.calls.filter((call) => call === 'listNamespacedCustomObject')).toHaveLength(lists);
  });
});
