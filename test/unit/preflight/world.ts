import type { ClusterState, ManagedRole } from '../../../src/domain/cluster.ts';
import {
  judgePreflight,
  type PreflightFacts,
  type RehearsalFacts,
  type SecretFacts,
  type SurroundingsFacts,
  type WorkloadFacts,
} from '../../../src/domain/preflight/index.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { SecretPlan } from '../../../src/domain/secret-plan/index.ts';
import type { Strategy } from '../../../src/domain/component.ts';
import { HEALTHY_CLUSTER, KUBERNETES, LITELLM } from '../../harness/examples.ts';

/** Nothing of note. */
export const NO_PLAN: SecretPlan = { changes: [], leftAlone: [], unclear: [], nameless: [] };

export const NOW = new Date('2026-11-24T08:00:00Z');

const SECRET: SecretFacts = {
  hasUsername: true,
  hasPassword: true,
  username: 'litellm',
  hasReloadLabel: true,
  type: 'kubernetes.io/basic-auth',
  immutable: false,
  resourceVersion: '100',
};

const WORKLOAD: WorkloadFacts = {
  kind: 'Deployment',
  namespace: 'ai-system',
  name: 'litellm',
  secrets: [LITELLM.secret],
  replicas: 2,
  watchedByReloader: true,
  asksForReloader: true,
  annotatedOnTemplateOnly: false,
  strategy: 'RollingUpdate',
  hasReadinessProbe: true,
  times: { replicas: 2, atOnce: 1, readySeconds: 5, graceSeconds: 30, endsFirst: false },
};

const SURROUNDINGS: SurroundingsFacts = {
  operatorAnswers: true,
  cnpgVersion: '1.30.0',
  reloaders: 'unknown',
  lastBackupAt: '2026-11-24T02:00:00Z',
};

const REHEARSAL: RehearsalFacts = {
  kubernetes: KUBERNETES,
  rolesThatNeedNoPassword: [],
  missingRights: [],
  clocks: { kubernetes: 0, postgres: 0 },
};

/** What of the good world is otherwise. */
export interface Change extends Partial<
  Omit<PreflightFacts, 'cluster' | 'secret' | 'workloads' | 'surroundings' | 'rehearsal'>
> {
  readonly cluster?: Partial<ClusterState> | 'absent';
  readonly secret?: Partial<SecretFacts> | 'absent';
  readonly workload?: Partial<WorkloadFacts> | 'absent';
  readonly surroundings?: Partial<SurroundingsFacts>;
  readonly rehearsal?: Partial<RehearsalFacts>;
  readonly strategy?: Strategy;
  readonly discover?: boolean;
  readonly strict?: boolean;
}

/** The one role of the good world, changed. */
export function role(change: Partial<ManagedRole>): Change {
  return { cluster: { managedRoles: HEALTHY_CLUSTER.managedRoles.map((one) => ({ ...one, ...change })) } };
}

/** What is found in a world that is as the pattern asks, but for the change. */
export function findings(change: Change): readonly Finding[] {
  const {
    cluster = {},
    secret = {},
    workload = {},
    surroundings = {},
    rehearsal = {},
    strategy = 'in-place',
    discover = true,
    strict = false,
    ...rest
  } = change;
  return judgePreflight({
    component: { ...LITELLM, strategy, discover, strict },
    source: 'kubernetes',
    cluster: cluster === 'absent' ? undefined : { ...HEALTHY_CLUSTER, ...cluster },
    secret: secret === 'absent' ? undefined : { ...SECRET, ...secret },
    workloads: workload === 'absent' ? [] : [{ ...WORKLOAD, ...workload }],
    companions: { found: [], warnings: [] },
    plan: NO_PLAN,
    passwordUnknown: false,
    oldPodsLogIn: strategy === 'alternating',
    consumers: [],
    podOwners: [],
    literals: [],
    passwordTakers: [],
    startedByReloader: [],
    secretsOfOtherRoles: [],
    surroundings: { ...SURROUNDINGS, ...surroundings },
    login: 'accepted',
    clients: { clients: [] },
    poolers: [],
    rehearsal: { ...REHEARSAL, ...rehearsal },
    now: NOW,
    ...rest,
  });
}

/** `[when, change, rule, type, part of the message, part of the mend]` */
export type Case = readonly [string, Change, string, string, string];

/** The first finding as a `Case` tells it. */
export function expectFirst(change: Change, severity: Finding['severity'], [, , rule, message, mend]: Case): void {
  const [first] = findings(change);
  expect(first).toMatchObject({ rule, severity });
  expect(first?.message).toContain(message);
  expect(first?.mend).toContain(mend);
}

/** A test for each case: it is found, and nothing beside it. */
export function refusesToBegin(cases: readonly Case[]): void {
  it.each(cases)('refuses to begin when %s', (...one) => expectAlone('blocking', one));
}

/** A test for each case: it is found, and nothing beside it. */
export function warns(cases: readonly Case[]): void {
  it.each(cases)('warns, and goes on, when %s', (...one) => expectAlone('warning', one));
}

function expectAlone(severity: Finding['severity'], one: Case): void {
  expectFirst(one[1], severity, one);
  expect(findings(one[1])).toHaveLength(1);
}
