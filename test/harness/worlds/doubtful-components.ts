import type { RuleName } from '../../../src/domain/failures.ts';
import { podsOf, type Names, type UnreconciledComponent } from './unreconciled-components.ts';

/** A world that deserves a warning. */
export interface DoubtfulComponent {
  /** Of the test: … is warned about. */
  readonly title: string;
  readonly rule: RuleName;
  /** A part of the finding, message or mend. */
  readonly says: string;
  readonly paper: UnreconciledComponent;
}

const uri = ({ role, cluster }: Names, password: string): string =>
  `postgresql://${role}:${password}@${cluster}-rw:5432/${role}`;

const otherRole = (names: Names): object => ({
  managed: {
    roles: [
      { name: names.role, ensure: 'present', login: true, passwordSecret: { name: names.secret } },
      { name: 'reporting', ensure: 'present', login: true, passwordSecret: { name: `${names.name}-reporting` } },
    ],
  },
});

export const DOUBTFUL_COMPONENTS: readonly DoubtfulComponent[] = [
  {
    title: 'a URI with another password than the one that CNPG applies',
    rule: 'secrets-are-up-to-date',
    says: 'key uri (URI)',
    paper: { text: (names) => ({ uri: uri(names, 'an-earlier-one') }) },
  },
  {
    title: 'a managed role beside it whose Secret is missing',
    rule: 'other-roles-are-fine',
    says: 'role "reporting", Secret paper-worlds/',
    paper: { spec: otherRole },
  },
  {
    title: 'a bad Secret of the database’s owner, which CNPG reads after it has set the managed roles',
    rule: 'other-roles-are-fine',
    says: 'role "owner", Secret paper-worlds/',
    paper: {
      spec: ({ name }) => ({
        bootstrap: { initdb: { database: 'application', owner: 'owner', secret: { name: `${name}-owner` } } },
      }),
      also: ({ name }) => [
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: `${name}-owner` },
          stringData: { username: 'somebody-else', password: `the-${name}-owner` },
        },
      ],
    },
  },
  {
    title: 'a second Secret with the same password for somebody else',
    rule: 'password-is-not-shared',
    says: '-reporting, key password (it is the login of another user)',
    paper: {
      also: ({ name, password }) => [
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: `${name}-reporting` },
          stringData: { username: 'reporting', password },
        },
      ],
    },
  },
  {
    title: 'a Secret that CNPG does not watch',
    rule: 'secret-is-watched',
    says: 'has no label cnpg.io/reload',
    paper: {
      secret: ({ secret }) => ({ metadata: { name: secret } }),
    },
  },
  {
    title: 'a Secret of an unusual type',
    rule: 'secret-is-of-its-type',
    says: 'is of type Opaque',
    paper: { secret: () => ({ type: 'Opaque' }) },
  },
  {
    title: 'a Secret that nothing reads',
    rule: 'workloads-exist',
    says: 'nothing will be restarted',
    paper: { workload: (names) => podsOf({ ...names, secret: 'another-secret' }) },
  },
  {
    title: 'a workload that Reloader does not watch',
    rule: 'workloads-are-watched',
    says: 'the rotation restarts it itself',
    paper: { workloadAnnotations: {} },
  },
  {
    title: 'a workload whose annotation stands on the pod template only',
    rule: 'annotations-stand-on-the-workload',
    says: 'on the pod template only',
    paper: {
      workloadAnnotations: {},
      workload: (names) => podsOf(names, { annotations: { 'reloader.stakater.com/auto': 'true' } }),
    },
  },
  {
    title: 'a workload that is down while it restarts',
    rule: 'workloads-roll',
    says: 'has the strategy Recreate',
    paper: { workload: () => ({ strategy: { type: 'Recreate' } }) },
  },
  {
    title: 'a workload that does not tell when it is ready',
    rule: 'workloads-tell-when-ready',
    says: 'has no readiness probe',
    paper: { workload: (names) => podsOf(names, { probe: false }) },
  },
  {
    title: 'a workload with one pod',
    rule: 'workloads-have-a-second-pod',
    says: 'has one replica',
    paper: { workload: () => ({ replicas: 1 }) },
  },
  {
    title: 'a Cluster that was never backed up, whatever its schedule says',
    rule: 'backup-is-recent',
    says: 'has no backup of the last 24 hours (none at all)',
    paper: {
      also: ({ name, cluster }) => [
        {
          apiVersion: 'postgresql.cnpg.io/v1',
          kind: 'ScheduledBackup',
          metadata: { name },
          // Suspended: CNPG would make a Backup of a Cluster that is not there.
          spec: { schedule: '0 0 3 * * *', suspend: true, cluster: { name: cluster } },
        },
      ],
    },
  },
];
