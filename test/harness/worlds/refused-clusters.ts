import type { RuleName } from '../../../src/domain/failures.ts';
import type { Names, UnreconciledComponent } from './unreconciled-components.ts';

/** A world in which a rotation does not begin. */
export interface RefusedComponent {
  /** Of the test: a rotation of … is refused. */
  readonly title: string;
  /** That refuses it. */
  readonly rule: RuleName;
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
    rule: 'cluster-is-not-a-replica',
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
    rule: 'cluster-is-not-hibernated',
    says: 'is hibernated: PostgreSQL does not run',
    paper: { annotations: () => ({ 'cnpg.io/hibernation': 'on' }) },
  },
  {
    title: 'a Cluster whose primary is fenced',
    rule: 'primary-is-not-fenced',
    says: '-postgresql-1 fenced: PostgreSQL is stopped there',
    paper: { annotations: ({ cluster }) => ({ 'cnpg.io/fencedInstances': `["${cluster}-1"]` }) },
  },
  {
    title: 'a Cluster with all instances fenced',
    rule: 'primary-is-not-fenced',
    says: 'has all its instances fenced',
    paper: { annotations: () => ({ 'cnpg.io/fencedInstances': '["*"]' }) },
  },
  {
    title: 'a Cluster that CNPG has not looked at yet',
    rule: 'cluster-is-healthy',
    says: 'its phase is ""',
    paper: { status: { phase: '' } },
  },
  {
    title: 'a Cluster that fails over',
    rule: 'cluster-is-healthy',
    says: 'its phase is "Failing over"',
    paper: { status: { phase: 'Failing over' } },
  },
  {
    title: 'a Cluster that waits for somebody',
    rule: 'cluster-is-healthy',
    says: 'It will not pass by itself: restart or switch over',
    paper: { status: { phase: 'Waiting for user action' } },
  },
  {
    title: 'a Cluster whose disk is full',
    rule: 'cluster-is-healthy',
    says: 'enlarge its volumes (spec.storage.size)',
    paper: { status: { phase: 'Not enough disk space' } },
  },
  {
    title: 'a Cluster that changes its primary',
    rule: 'primary-is-settled',
    says: 'is changing its primary from',
    paper: { status: { targetPrimary: 'another-instance' } },
  },
  {
    title: 'a Cluster that CNPG is told to leave alone',
    rule: 'cluster-is-reconciled',
    says: 'cnpg.io/reconciliationLoop: disabled, so CNPG',
    paper: {},
  },
];

export const REFUSED_ROLES: readonly RefusedComponent[] = [
  {
    title: 'a role that nobody declares',
    rule: 'role-is-managed',
    says: 'Put {name: ',
    paper: { role: null },
  },
  {
    title: 'a role that is managed with another Secret',
    rule: 'role-is-managed',
    says: 'with passwordSecret "another-secret", not "',
    paper: { role: { passwordSecret: { name: 'another-secret' } } },
  },
  {
    title: 'a role that is managed without a Secret',
    rule: 'role-is-managed',
    says: 'with passwordSecret "(none)"',
    paper: { role: { passwordSecret: undefined } },
  },
  {
    title: 'a role that is managed to be absent',
    rule: 'role-is-managed',
    says: 'with ensure: absent (managed.roles)',
    paper: { role: { ensure: 'absent' } },
  },
  {
    title: 'a role that may not log in',
    rule: 'role-may-log-in',
    says: 'without login: true, so CNPG enforces NOLOGIN',
    paper: { role: { login: false } },
  },
  {
    title: 'a role whose time is over',
    rule: 'role-is-valid',
    says: `is valid until ${LONG_AGO}, which is over`,
    paper: { role: { validUntil: LONG_AGO } },
  },
  {
    title: 'a role that a DatabaseRole declares with another Secret',
    rule: 'role-is-managed',
    says: 'Set passwordSecret: {name: ',
    paper: { role: null, also: (names) => [databaseRole(names, { passwordSecret: { name: 'another-secret' } })] },
  },
  {
    title: 'a role that a DatabaseRole declares without login',
    rule: 'role-may-log-in',
    says: ' in DatabaseRole paper-',
    paper: { role: null, also: (names) => [databaseRole(names, { login: false })] },
  },
  {
    title: 'a role that a DatabaseRole declares for a time that is over',
    rule: 'role-is-valid',
    says: ' in DatabaseRole paper-',
    paper: { role: null, also: (names) => [databaseRole(names, { validUntil: LONG_AGO })] },
  },
  {
    title: 'a role that both the Cluster and a DatabaseRole declare',
    rule: 'role-is-declared-once',
    says: 'by managed.roles and by DatabaseRole paper-',
    paper: { also: (names) => [databaseRole(names, {})] },
  },
  {
    title: 'a role that gets two Secrets, one as the owner of the database',
    rule: 'secrets-agree-on-the-role',
    says: '-owner by spec.bootstrap.initdb, and ',
    paper: {
      spec: ({ role, name }) => ({
        bootstrap: { initdb: { database: 'application', owner: role, secret: { name: `${name}-owner` } } },
      }),
    },
  },
];
