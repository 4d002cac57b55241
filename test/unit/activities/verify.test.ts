import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { verify } from '../../harness/activities/kept-steps.ts';
import type { ClusterState } from '../../../src/domain/cluster.ts';
import type { RotationReport } from '../../../src/domain/rotation/report.ts';
import { timelineMarkdown } from '../../../src/domain/rotation/timeline.ts';
import { POOLER_LABEL } from '../../../src/kubernetes/poolers.ts';
import type { SessionQuery } from '../../../src/postgres/sessions.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { LITELLM } from '../../harness/examples.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { ROTATION } from '../../harness/rotation-input.ts';
import { stageInput, publishInput, verifyInput } from '../../harness/activities/step-inputs.ts';

const AT = '2026-11-24T08:00:00.000Z';
const poolerNamed = (name: string) => ({ name, poolMode: 'session', pgHba: [], ownAuthQuery: false, parameters: {} });
const INPUT = verifyInput({
  rotation: ROTATION,
  target: 'pending',
  publishedAt: AT,
  appliedAt: AT,
  pods: ['litellm-new'],
  endingPods: [],
  clients: [],
  ownAddresses: [],
  endOldSessions: false,
});

const REPORT: RotationReport = {
  rotation: 'r',
  workflowId: 'w',
  runId: 'run',
  component: 'litellm',
  source: 'kubernetes',
  secrets: [],
  workloads: [],
  outcome: 'rotated',
  startedAt: '',
  budgetSeconds: 1,
  steps: [],
  warnings: [],
};

const BUDGET_MS = 15_000;

/** A world whose PostgreSQL has the new password. */
async function published(): Promise<TestCluster> {
  const world = new TestCluster();
  await stage(world.deps, stageInput({ rotation: ROTATION, owner: { workflowId: 'w', runId: 'r' } }));
  await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
  world.accepted = world.text(LITELLM.secret, 'password');
  return world;
}

/** With one refused login in PostgreSQL's log. */
function counting(world: TestCluster, differently = {}, whole = true): Dependencies {
  const record = {
    sql_state_code: '28P01',
    user_name: 'litellm',
    connection_from: '10.0.0.1:5000',
    log_time: '2026-11-24 08:00:01.000 UTC',
    ...differently,
  };
  const text = JSON.stringify({ logger: 'postgres', record });
  return {
    ...world.deps,
    sessions: () => Promise.resolve({ found: 0, ended: 0, clients: [], byClient: [] }),
    pods: {
      ...world.deps.pods,
      names: () => Promise.resolve(['db-1']),
      log: () => Promise.resolve(''),
      logSince: () => Promise.resolve({ text, whole }),
    },
  };
}

describe('verify', () => {
  it('tells of a Secret that somebody changed during the restart, whatever PostgreSQL accepts by then', async () => {
    const world = await published();
    const lastWriter = { manager: 'night-shift', at: '2026-11-24T08:00:00.000Z' };
    world.put(LITELLM.secret, { username: 'litellm', password: 'by-another-hand' }, { lastWriter });

    await expect(inActivity(() => verify(world.deps, INPUT, clockOf(world, BUDGET_MS)))).rejects.toMatchObject({
      type: 'SecretChanged',
      message: expect.stringContaining('was changed by "night-shift" at 2026-11-24T08:00:00.000Z') as string,
    });
  });

  it.each([false, true])(
    'looks for old sessions, those to be ended: %s, once the login is proven',
    async (endOldSessions) => {
      const world = await published();
      const seen: string[] = [];
      const deps: Dependencies = {
        ...world.deps,
        login: async (...call) => {
          seen.push('log in');
          // The first two, which go together, come before PostgreSQL has the password.
          return seen.filter((what) => what === 'log in').length > 2
            ? world.deps.login(...call)
            : { accepted: false, sqlState: '28P01' };
        },
        sessions: () => {
          seen.push('look');
          return Promise.resolve({ found: 0, ended: 0, clients: [], byClient: [] });
        },
      };
      await inActivity(() => verify(deps, { ...INPUT, endOldSessions }, clockOf(world, Infinity)));
      expect(seen).toEqual(['log in', 'log in', 'log in', 'log in', 'look']);
    },
  );

  it.each([
    [false, ['10.0.0.1']],
    [true, []],
  ])(
    'looks for old sessions, those to be ended: %s, from everywhere but %j: a pod that is ending takes its own along',
    async (endOldSessions, notFrom) => {
      const world = await published();
      const asked: SessionQuery[] = [];
      const deps: Dependencies = {
        ...world.deps,
        sessions: (_, __, query) => {
          asked.push(query);
          return Promise.resolve({ found: 0, ended: 0, clients: [], byClient: [] });
        },
      };
      const clients = [
        { pod: 'litellm-old', address: '10.0.0.1' },
        { pod: 'litellm-new', address: '10.0.0.2' },
      ];
      await inActivity(() =>
        verify(
          deps,
          { ...INPUT, endingPods: ['ai-system/litellm-old'], clients, endOldSessions },
          clockOf(world, BUDGET_MS),
        ),
      );
      expect(asked).toMatchObject([{ role: 'litellm', before: AT, end: endOldSessions, notFrom }]);
      // An old session may have the previous password in the name that its client chose.
      expect(asked[0]?.hidden?.map((password) => password.reveal())).toContain('old-password-0123456789');
    },
  );

  it.each([
    [true, { count: 1 }, []],
    [false, { count: 1, atLeast: true }, [expect.stringContaining('what Pod ai-system/db-1 logged since')]],
  ])('counts refused logins from a log that is whole: %s', async (whole, refusedLogins, warnings) => {
    const world = await published();
    const seen = await inActivity(() => verify(counting(world, {}, whole), INPUT, clockOf(world, BUDGET_MS)));
    expect(seen.refusedLogins).toMatchObject(refusedLogins);
    expect('atLeast' in (seen.refusedLogins ?? {})).toBe(!whole);
    expect(seen.warnings).toEqual(warnings);
  });

  it.each<[string, Partial<ClusterState>, readonly string[], RegExp | undefined]>([
    [
      'a Pooler without a log',
      {},
      ['rw'],
      /clients of Pooler ai-system\/rw log in at PgBouncer, and the logs of its pods/,
    ],
    ['a log level that hides PostgreSQL’s log', { logLevel: 'warning' }, [], /with spec.logLevel: warning/],
    ['PostgreSQL that logs panics alone', { logMinMessages: 'PANIC' }, [], /with log_min_messages: panic/],
    ['a Cluster as it mostly is', { logLevel: 'info', logMinMessages: 'fatal' }, [], undefined],
  ])('says of refused logins that they cannot be counted: %s', async (_, cluster, names, because) => {
    const world = await published();
    world.cluster = { ...world.cluster, ...cluster };
    const deps = counting(world, {}, false);
    const poolers = { ...deps.poolers, ofCluster: () => Promise.resolve(names.map(poolerNamed)) };
    const pods = {
      ...deps.pods,
      names: (_: string, label: string) => Promise.resolve(label === POOLER_LABEL ? [] : ['db-1']),
    };
    const { refusedLogins } = await inActivity(() =>
      verify({ ...deps, poolers, pods }, INPUT, clockOf(world, BUDGET_MS)),
    );
    const text = timelineMarkdown({ ...REPORT, ...(refusedLogins && { refusedLogins }) });
    if (because === undefined) {
      expect(text).toContain('at least 1');
      return;
    }
    expect(text).toMatch(because);
    expect(text).toContain('refused logins: cannot be counted, because ');
    expect(text).not.toMatch(/at least|none/);
  });

  it('does not count as refused what another worker tried in an earlier step', async () => {
    const world = await published();
    const deps = counting(world, { connection_from: '10.0.0.9:5000' });
    const refusedBy = async (ownAddresses: readonly string[]) =>
      (await inActivity(() => verify(deps, { ...INPUT, ownAddresses }, clockOf(world, BUDGET_MS)))).refusedLogins
        ?.count;
    expect(await refusedBy([])).toBe(1);
    expect(await refusedBy(['10.0.0.9'])).toBe(0);
  });

  it('tells which pod logged authentication errors, how many and how to see them, and none of its lines', async () => {
    const world = await published();
    world.createPod('litellm-new', 'litellm');
    const deps = counting(world);
    const line = '2026-11-24T09:00:00.000Z OPENAI_API_KEY=sk-1 password authentication failed';
    const loud: Dependencies = { ...deps, pods: { ...deps.pods, log: () => Promise.resolve(`${line}\n${line}`) } };
    const { warnings } = await inActivity(() => verify(loud, INPUT, clockOf(world, BUDGET_MS)));
    expect(warnings).toEqual([
      expect.stringContaining(
        'Pod ai-system/litellm-new, container litellm, logged 2 authentication errors after the new password was applied. See them with: kubectl -n ai-system logs litellm-new -c litellm --since-time=2026-11-24T08:00:',
      ),
    ]);
    expect(JSON.stringify(warnings)).not.toContain('sk-1');
  });

  it('reads the logs of the pods where their workloads are', async () => {
    const world = await published();
    const deps = counting(world);
    const read: string[] = [];
    const log: Dependencies['pods']['log'] = ({ namespace, pod }) => {
      read.push(`${namespace}/${pod}`);
      return Promise.resolve('');
    };
    const workloads = [{ kind: 'Deployment', namespace: 'apps', name: 'worker', pods: ['worker-new'] }] as const;
    const input = { ...INPUT, pods: ['worker-new'], workloads };
    await inActivity(() => verify({ ...deps, pods: { ...deps.pods, log } }, input, clockOf(world, BUDGET_MS)));
    expect(read).toContain('apps/worker-new');
    expect(read).not.toContain('ai-system/worker-new');
  });

  it('says of which pod the log could not be read', async () => {
    const world = await published();
    const deps = counting(world);
    const unread: Dependencies = { ...deps, pods: { ...deps.pods, log: () => Promise.resolve(undefined) } };
    const { warnings } = await inActivity(() => verify(unread, INPUT, clockOf(world, BUDGET_MS)));
    expect(warnings).toEqual([expect.stringContaining('The log of Pod ai-system/litellm-new could not be read')]);
  });
});
