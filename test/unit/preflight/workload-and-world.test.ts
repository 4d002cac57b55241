import type { Client } from '../../../src/domain/consumers/clients.ts';
import { RULE_NAMES, causeAmong } from '../../../src/domain/preflight/index.ts';
import { findings, refusesToBegin, warns, type Case, type Change } from './world.ts';

const refused = (more: Change = {}): Change => ({ login: 'refused', ...more });

const STRANGER: Client = {
  address: '10.0.0.9',
  applicationName: 'psql',
  role: 'litellm',
  sessions: 1,
  since: '2026-11-24T08:00:00.000Z',
  pods: [],
  is: 'unknown',
};

const BLOCKING: readonly Case[] = [
  [
    'somebody unknown is logged in, and every client has to be known',
    { strict: true, clients: { clients: [STRANGER] } },
    'clients-are-known',
    '10.0.0.9, "psql", 1 session as litellm since',
    'name its namespace in "consumers"',
  ],
  [
    'nobody can tell who is logged in, and every client has to be known',
    { strict: true, clients: 'unknown' },
    'clients-are-known',
    'could not be read',
    'leave "strict" out',
  ],
  [
    'a Deployment is paused',
    { workload: { heldBack: 'paused' } },
    'workloads-can-roll-out',
    'Deployment ai-system/litellm, its rollout is paused',
    'kubectl -n ai-system rollout resume deployment litellm',
  ],
  [
    'a StatefulSet is updated on deletion only',
    { workload: { kind: 'StatefulSet', heldBack: 'OnDelete' } },
    'workloads-can-roll-out',
    'its update strategy is OnDelete',
    'patch statefulset litellm --type merge',
  ],
  [
    'a StatefulSet has a partition',
    { workload: { kind: 'StatefulSet', heldBack: 'partition' } },
    'workloads-can-roll-out',
    'has a partition',
    '"rollingUpdate":null',
  ],
];

const WARNINGS: readonly Case[] = [
  [
    'somebody unknown is logged in',
    { clients: { clients: [STRANGER, { ...STRANGER, address: '10.0.0.8', is: 'consumer' }] } },
    'clients-are-known',
    'no consumer that the rotation knows: 10.0.0.9, "psql", 1 session as litellm since 2026-11-24T08:00:00.000Z.',
    'by hand afterwards.',
  ],
  [
    'somebody unknown is logged in, and the pods of other namespaces may not be listed',
    { clients: { clients: [STRANGER], podsUnread: true } },
    'clients-are-known',
    '10.0.0.9',
    'The right "list pods" in all namespaces',
  ],
  ['nothing reads the Secret', { workload: 'absent' }, 'workloads-exist', 'nothing will be restarted', 'by hand'],
  [
    'Reloader does not watch a workload',
    { workload: { watchedByReloader: false, asksForReloader: false } },
    'workloads-are-watched',
    'Reloader does not watch Deployment ai-system/litellm',
    'kubectl -n ai-system annotate deployment litellm reloader.stakater.com/auto=true',
  ],
  [
    'Reloader’s annotation stands on the pod template only',
    { workload: { annotatedOnTemplateOnly: true } },
    'annotations-stand-on-the-workload',
    'on the pod template only',
    'annotate deployment litellm reloader.stakater.com/auto=true',
  ],
  [
    'Reloader is not there',
    { workload: { watchedByReloader: false }, surroundings: { reloaders: [] } },
    'reloader-is-there',
    'no Deployment of it was found',
    'helm install reloader',
  ],
  [
    'Reloader’s arguments keep it from a workload',
    { workload: { watchedByReloader: false, reloaderDoesNot: 'kube-system/reloader: its argument is --x' } },
    'reloader-does-as-asked',
    'Reloader does not react (kube-system/reloader: its argument is --x)',
    'Nothing has to be done',
  ],
  [
    'Reloader reacts to one of two Secrets',
    { workload: { watchedByReloader: false, asksForReloader: false, reloadedOnlyFor: ['litellm-env'] } },
    'reloader-reacts-to-each-secret',
    'Reloader reacts to litellm-env only: it is restarted twice',
    'annotate deployment litellm reloader.stakater.com/auto=true',
  ],
  [
    'two Reloaders react with different strategies',
    { workload: { reloadedTwiceBy: ['kube-system/reloader', 'apps/reloader'] } },
    'reloaders-agree',
    'the Reloaders kube-system/reloader and apps/reloader react with different strategies',
    '--reload-strategy',
  ],
  [
    'Reloader pauses a Deployment in place',
    { workload: { pauseSeconds: 300 } },
    'reloader-does-not-pause',
    'for 300 s when the Secret changes (deployment.reloader.stakater.com/pause-period): the old pods would be refused',
    'Nothing has to be done',
  ],
  [
    'a workload is recreated',
    { workload: { strategy: 'Recreate' } },
    'workloads-roll',
    'it is down while it restarts',
    `patch deployment litellm -p '{"spec":{"strategy":{"$retainKeys":["type"],"type":"RollingUpdate"}}}'`,
  ],
  [
    'a workload is not well before the rotation',
    { workload: { readyPods: 1 } },
    'workloads-are-ready',
    'Deployment ai-system/litellm has 1 of 2 pods ready',
    'kubectl -n ai-system describe deployment litellm',
  ],
  [
    'a workload does not tell when it is ready',
    { workload: { hasReadinessProbe: false } },
    'workloads-tell-when-ready',
    'has no readiness probe',
    'Add a readinessProbe',
  ],
  [
    'a workload has one replica',
    { workload: { replicas: 1 } },
    'workloads-have-a-second-pod',
    'has one replica',
    'kubectl -n ai-system scale deployment litellm --replicas=2',
  ],
  [
    'a pod is older than the Secret’s last change',
    { secret: { dataChangedAt: '2026-11-24T07:00:00Z' }, workload: { oldestPodStartedAt: '2026-11-24T06:00:00Z' } },
    'pods-are-newer-than-the-secret',
    'older than the last change of Secret ai-system/litellm-db-secret',
    'kubectl -n ai-system rollout restart deployment/litellm',
  ],
  [
    'the password is refused, since CNPG has not applied it',
    refused({ cluster: { appliedSecretVersions: { litellm: '90' } } }),
    'current-password-works',
    'CNPG has not applied its version 100 (but 90)',
    'annotate cluster litellm-postgresql cnpg.io/reloadedAt=',
  ],
  [
    'the password is refused, since CNPG cannot set it',
    refused({ cluster: { cannotReconcile: { litellm: ['role "boss" does not exist'] } } }),
    'current-password-works',
    'CNPG cannot reconcile role "litellm" (role "boss" does not exist)',
    'Mend what it complains of',
  ],
  [
    'the password is refused although CNPG applied it',
    refused({ cluster: { appliedSecretVersions: { litellm: '100' } } }),
    'current-password-works',
    'somebody changed the role in PostgreSQL since',
    'cnpg.io/reloadedAt=',
  ],
  [
    'the login is the superuser’s, and who uses it could not be read',
    { roleAttributes: { role: 'postgres', attributes: ['Superuser'], memberOf: [] }, clients: 'unknown' },
    'role-is-no-superuser',
    'Who is logged in with it could not be read.',
    'set spec.enableSuperuserAccess: false',
  ],
  [
    'the login is the superuser’s, and nobody uses it now',
    { roleAttributes: { role: 'postgres', attributes: ['Superuser'], memberOf: [] }, clients: { clients: [] } },
    'role-is-no-superuser',
    'Nobody is logged in with it now.',
    'set spec.enableSuperuserAccess: false',
  ],
  [
    'the role is a superuser',
    { roleAttributes: { role: 'litellm', attributes: ['Superuser', 'Create DB'], memberOf: [] } },
    'role-is-no-superuser',
    'owns the whole server',
    'Set superuser: false where the Cluster declares "litellm"',
  ],
  [
    'CNPG’s operator is down',
    { surroundings: { operatorAnswers: false } },
    'operator-answers',
    'emergency ALTER USER',
    'cnpg-controller-manager',
  ],
  [
    'CNPG writes plaintext into statements',
    { surroundings: { cnpgVersion: '1.28.3' } },
    'cnpg-hashes-passwords',
    'CNPG 1.28.3 sends the new password to PostgreSQL as plaintext',
    'Upgrade CNPG',
  ],
  [
    'the last backup is old',
    { surroundings: { lastBackupAt: '2026-11-22T08:00:00Z' } },
    'backup-is-recent',
    'the last one ended 2026-11-22T08:00:00Z',
    'kubectl cnpg -n ai-system backup litellm-postgresql',
  ],
  [
    'there never was a backup',
    { surroundings: { lastBackupAt: 'none' } },
    'backup-is-recent',
    'none at all',
    'kubectl cnpg -n ai-system backup litellm-postgresql',
  ],
];

describe('of the workloads and what stands around, preflight', () => {
  it('finds nothing in a world that is as the pattern asks', () => {
    expect(findings({})).toEqual([]);
  });

  refusesToBegin(BLOCKING);
  warns(WARNINGS);

  it.each<readonly [string, Change]>([
    [
      'nothing around could be looked at',
      {
        surroundings: {
          operatorAnswers: 'unknown',
          cnpgVersion: 'unknown',
          reloaders: 'unknown',
          lastBackupAt: 'unknown',
        },
        login: 'unknown',
      },
    ],
    ['a DaemonSet has one pod', { workload: { kind: 'DaemonSet', replicas: 1 } }],
    ['CNPG has the fix of 1.28', { surroundings: { cnpgVersion: '1.28.4' } }],
    ['CNPG has the fix of 1.29', { surroundings: { cnpgVersion: '1.29.2' } }],
    [
      'the pods are newer than the Secret',
      { secret: { dataChangedAt: '2026-11-24T06:00:00Z' }, workload: { oldestPodStartedAt: '2026-11-24T07:00:00Z' } },
    ],
  ])('finds nothing when %s', (_, change) => {
    expect(findings(change)).toEqual([]);
  });

  it('names what blocks before what it warns of', () => {
    const found = findings({ secret: { hasReloadLabel: false }, workload: { heldBack: 'paused' }, login: 'refused' });
    expect(found.map(({ severity }) => severity)).toEqual(['blocking', 'warning', 'warning']);
  });
});

describe('the cause of a failure', () => {
  it.each<readonly [string, Change, string | undefined]>([
    ['what blocks', refused({ cluster: { hibernated: true } }), 'cluster-is-not-hibernated'],
    [
      'that CNPG did not apply the password',
      refused({ surroundings: { operatorAnswers: false } }),
      'current-password-works',
    ],
    ['no mere best practice', { surroundings: { lastBackupAt: 'none' } }, undefined],
  ])('is %s', (_, change, rule) => {
    expect(causeAmong(findings(change))?.rule).toBe(rule);
  });
});

describe('the names of the rules', () => {
  it('are in kebab case, for people and programs to cite', () => {
    expect(RULE_NAMES.filter((name) => !/^[a-z]+(-[a-z]+)+$/.test(name))).toEqual([]);
  });
});
