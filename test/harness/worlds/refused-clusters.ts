import type { FailureType } from '../../../src/domain/failures.ts';
import type { Names, UnreconciledComponent } from './unreconciled-components.ts';

/** A world in which a rotation does not begin. */
export interface RefusedComponent {
  /** Of the test: a rotation of … is refused. */
  readonly title: string;
  /** Of the failure. */
  readonly type: FailureType;
  /** A part of its message. */
  readonly says: string;
  readonly paper: UnreconciledComponent;
}

const LONG_AGO = '2020-01-01T00:00:00Z';

const databaseRole = (names: Names, spec: object): object => ({
  apiVersion: 'postgresql.cnpg.io/v1',
  kind: 'DatabaseRole',
  metadata: { name: names.name },
  spec: {
    cluster: { name: names.cluster },
    name: names.role,
    login: true,
    passwordSecret: { name: names.secret },
    ...spec,
  },
});

export const REFUSED_CLUSTERS: readonly RefusedComponent[] = [
  {
    title: 'a replica cluster',
    type: 'ReplicaCluster',
    says: 'is a replica cluster of "elsewhere": it is read-only',
    paper: {
      spec: () => ({
        replica: { enabled: true, source: 'elsewhere' },
        bootstrap: { pg_basebackup: { source: 'elsewhere' } },
        externalClusters: [{ name: 'elsewhere', connectionParameters: { host: 'elsewhere' } }],
      }),
    },
  },
  {
    title: 'a hibernated Cluster',
    type: 'ClusterHibernated',
    says: 'is hibernated: PostgreSQL does not run',
    paper: { annotations: () => ({ 'cnpg.io/hibernation': 'on' }) },
  },
  {
    title: 'a Cluster whose primary is fenced',
    type: 'ClusterFenced',
    says: '-postgresql-1 fenced: PostgreSQL is stopped there',
    paper: { annotations: ({ cluster }) => ({ 'cnpg.io/fencedInstances': `["${cluster}-1"]` }) },
  },
  {
    title: 'a Cluster with all instances fenced',
    type: 'ClusterFenced',
    says: 'has all its instances fenced',
    paper: { annotations: () => ({ 'cnpg.io/fencedInstances': '["*"]' }) },
  },
  {
    title: 'a Cluster that CNPG has not looked at yet',
    type: 'ClusterNotReady',
    says: 'its phase is ""',
    paper: { status: { phase: '' } },
  },
  {
    title: 'a Cluster that fails over',
    type: 'ClusterNotReady',
    says: 'its phase is "Failing over"',
    paper: { status: { phase: 'Failing over' } },
  },
  {
    title: 'a Cluster that waits for somebody',
    type: 'ClusterNotReady',
    says: 'It will not pass by itself: restart or switch over',
    paper: { status: { phase: 'Waiting for user action' } },
  },
  {
    title: 'a Cluster whose disk is full',
    type: 'ClusterNotReady',
    says: 'enlarge its volumes (spec.storage.size)',
    paper: { status: { phase: 'Not enough disk space' } },
  },
  {
    title: 'a Cluster that changes its primary',
    type: 'ClusterNotReady',
    says: 'is changing its primary from',
    paper: { status: { targetPrimary: 'another-instance' } },
  },
  {
    title: 'a Cluster that CNPG is told to leave alone',
    type: 'ReconciliationDisabled',
    says: 'cnpg.io/reconciliationLoop: disabled, so CNPG',
    paper: {},
  },
];

export const REFUSED_ROLES: readonly RefusedComponent[] = [
  {
    title: 'a role that nobody declares',
    type: 'RoleNotManaged',
    says: 'Put {name: ',
    paper: { role: null },
  },
  {
    title: 'a role that is managed with another Secret',
    type: 'RoleNotManaged',
    says: 'with passwordSecret "another-secret", not "',
    paper: { role: { passwordSecret: { name: 'another-secret' } } },
  },
  {
    title: 'a role that is managed without a Secret',
    type: 'RoleNotManaged',
    says: 'with passwordSecret "(none)"',
    paper: { role: { passwordSecret: undefined } },
  },
  {
    title: 'a role that is managed to be absent',
    type: 'RoleNotManaged',
    says: 'with ensure: absent (managed.roles)',
    paper: { role: { ensure: 'absent' } },
  },
  {
    title: 'a role that may not log in',
    type: 'RoleCannotLogin',
    says: 'without login: true, so CNPG enforces NOLOGIN',
    paper: { role: { login: false } },
  },
  {
    title: 'a role whose time is over',
    type: 'RoleExpired',
    says: `is valid until ${LONG_AGO}, which is over`,
    paper: { role: { validUntil: LONG_AGO } },
  },
  {
    title: 'a role that a DatabaseRole declares with another Secret',
    type: 'RoleNotManaged',
    says: 'Set passwordSecret: {name: ',
    paper: { role: null, also: (names) => [databaseRole(names, { passwordSecret: { name: 'another-secret' } })] },
  },
  {
    title: 'a role that a DatabaseRole declares without login',
    type: 'RoleCannotLogin',
    says: ' in DatabaseRole paper-',
    paper: { role: null, also: (names) => [databaseRole(names, { login: false })] },
  },
  {
    title: 'a role that a DatabaseRole declares for a time that is over',
    type: 'RoleExpired',
    says: ' in DatabaseRole paper-',
    paper: { role: null, also: (names) => [databaseRole(names, { validUntil: LONG_AGO })] },
  },
  {
    title: 'a role that both the Cluster and a DatabaseRole declare',
    type: 'RoleDeclaredTwice',
    says: 'by managed.roles and by DatabaseRole paper-',
    paper: { also: (names) => [databaseRole(names, {})] },
  },
  {
    title: 'a role that gets two Secrets, one as the owner of the database',
    type: 'SecretsConflict',
    says: '-owner by spec.bootstrap.initdb, and ',
    paper: {
      spec: ({ role, name }) => ({
        bootstrap: { initdb: { database: 'application', owner: role, secret: { name: `${name}-owner` } } },
      }),
    },
  },
];
