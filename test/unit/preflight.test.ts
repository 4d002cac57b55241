import type { ClusterState } from '../../src/domain/cluster.ts';
import {
  judgePreflight,
  type PreflightFacts,
  type SecretFacts,
  type WorkloadFacts,
} from '../../src/domain/preflight.ts';
import { HEALTHY_CLUSTER, LITELLM } from '../support/examples.ts';

const SECRET: SecretFacts = { hasUsername: true, hasPassword: true, username: 'litellm', hasReloadLabel: true };
const WORKLOAD: WorkloadFacts = {
  kind: 'Deployment',
  name: 'litellm',
  secrets: ['litellm-db-secret'],
  replicas: 2,
  watchedByReloader: true,
};

interface Change {
  readonly cluster?: Partial<ClusterState> | 'absent';
  readonly secret?: Partial<SecretFacts> | 'absent';
  readonly workloads?: readonly WorkloadFacts[];
}

function facts({ cluster = {}, secret = {}, workloads = [WORKLOAD] }: Change): PreflightFacts {
  return {
    component: LITELLM,
    cluster: cluster === 'absent' ? undefined : { ...HEALTHY_CLUSTER, ...cluster },
    secret: secret === 'absent' ? undefined : { ...SECRET, ...secret },
    workloads,
  };
}

const role = (change: Partial<ClusterState['managedRoles'][number]>): Change => ({
  cluster: {
    managedRoles: [{ name: 'litellm', ensure: 'present', login: true, passwordSecret: 'litellm-db-secret', ...change }],
  },
});

describe('preflight', () => {
  it('finds nothing in a world that is as the pattern asks', () => {
    expect(judgePreflight(facts({}))).toEqual([]);
  });

  const blocking: readonly (readonly [string, Change, string, string])[] = [
    [
      'there is no Cluster',
      { cluster: 'absent' },
      'ClusterAbsent',
      'Cluster ai-system/litellm-postgresql does not exist',
    ],
    ['the role is not managed', { cluster: { managedRoles: [] } }, 'RoleNotManaged', 'not in spec.managed.roles'],
    [
      'the role has another Secret',
      role({ passwordSecret: 'other' }),
      'RoleNotManaged',
      '"other", not "litellm-db-secret"',
    ],
    ['the role is to be absent', role({ ensure: 'absent' }), 'RoleNotManaged', 'ensure: absent'],
    ['the role may not log in', role({ login: false }), 'RoleCannotLogin', 'NOLOGIN'],
    [
      'the Cluster is not healthy',
      { cluster: { phase: 'Failing over', phaseReason: 'pod is gone' } },
      'ClusterNotReady',
      '"Failing over" (pod is gone)',
    ],
    [
      'the primary is changing',
      { cluster: { targetPrimary: 'litellm-postgresql-2' } },
      'ClusterNotReady',
      'changing its primary',
    ],
    ['there is no Secret', { secret: 'absent' }, 'SecretAbsent', 'Secret ai-system/litellm-db-secret does not exist'],
    ['the Secret has no password', { secret: { hasPassword: false } }, 'SecretIncomplete', 'has no "password"'],
    [
      'the Secret has neither username nor password',
      { secret: { hasUsername: false, hasPassword: false, username: '' } },
      'SecretIncomplete',
      'has no "username" and no "password"',
    ],
    ['the username is not the role', { secret: { username: 'app' } }, 'UsernameMismatch', 'username "app"'],
  ];
  it.each(blocking)('refuses to begin when %s', (_, change, type, text) => {
    const [first] = judgePreflight(facts(change));
    expect(first).toMatchObject({ severity: 'blocking', type });
    expect(first?.message).toContain(text);
    expect(first?.mend).not.toBe('');
  });

  const warnings: readonly (readonly [string, Change, string])[] = [
    [
      'the Secret has no label for CNPG',
      { secret: { hasReloadLabel: false } },
      'kubectl -n ai-system label secret litellm-db-secret cnpg.io/reload=true',
    ],
    ['nothing reads the Secret', { workloads: [] }, 'by hand'],
    [
      'Reloader does not watch a workload',
      { workloads: [{ ...WORKLOAD, watchedByReloader: false }] },
      'kubectl -n ai-system annotate deployment litellm reloader.stakater.com/auto=true',
    ],
  ];
  it.each(warnings)('warns, and goes on, when %s', (_, change, mend) => {
    const findings = judgePreflight(facts(change));
    expect(findings.map(({ severity }) => severity)).toEqual(['warning']);
    expect(findings[0]?.mend).toContain(mend);
  });
});
