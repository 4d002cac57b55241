import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { verify } from '../../harness/activities/kept-steps.ts';
import { watch } from '../../../src/activities/steps/watch.ts';
import type { VerifyInput } from '../../../src/activities/types/index.ts';
import type { PodAddress } from '../../../src/domain/consumers/clients.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { publishInput, stageInput, verifyInput } from '../../harness/activities/step-inputs.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { LITELLM } from '../../harness/examples.ts';
import { ROTATION } from '../../harness/rotation-input.ts';

/** The clock of PostgreSQL, and of the worker, which is a minute behind. */
const PROVEN_AT = Date.parse('2026-11-24T08:01:00.000Z');
const WORKER_BEHIND_MS = 60_000;
const at = (seconds: number): string => new Date(PROVEN_AT + seconds * 1_000).toISOString();

const line = (client: string, seconds: number): string => {
  const time = at(seconds);
  const record = {
    sql_state_code: '28P01',
    user_name: 'litellm',
    connection_from: `${client}:5000`,
    log_time: `${time.slice(0, 10)} ${time.slice(11, 23)} UTC`,
  };
  return JSON.stringify({ logger: 'postgres', ts: time, record });
};

const owner = { kind: 'Deployment', name: 'litellm' };
const OLD: PodAddress = { pod: 'litellm-old', namespace: 'ai-system', address: '10.0.0.1', owner };
const FAR: PodAddress = { pod: 'report-1', namespace: 'reports', address: '10.0.0.5' };

const input = (more: Omit<Partial<VerifyInput>, 'rotation' | 'end'> = {}): VerifyInput =>
  verifyInput({
    rotation: { ...ROTATION, component: { ...LITELLM, watchSeconds: 0 } },
    target: 'pending',
    publishedAt: 'by another clock',
    // A minute behind PostgreSQL's clock, so by that one 30 s before the proof.
    wroteAt: new Date(PROVEN_AT - WORKER_BEHIND_MS - 30_000).toISOString(),
    appliedAt: at(-29),
    pods: [],
    endingPods: [],
    clients: [OLD],
    ownAddresses: [],
    endOldSessions: false,
    workloads: [{ kind: 'Deployment', namespace: 'ai-system', name: 'litellm' }],
    ...more,
  });

/** A world whose PostgreSQL has the new password and logged these lines. */
async function world(lines: readonly string[], more: Partial<Dependencies> = {}) {
  const cluster = new TestCluster();
  await stage(cluster.deps, stageInput({ rotation: ROTATION, owner: { workflowId: 'w', runId: 'r' } }));
  await publish(cluster.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
  cluster.accepted = cluster.text(LITELLM.secret, 'password');
  cluster.time = PROVEN_AT - WORKER_BEHIND_MS;
  const asked: string[] = [];
  const deps: Dependencies = {
    ...cluster.deps,
    login: async (...call) => {
      const outcome = await cluster.deps.login(...call);
      return outcome.accepted ? { ...outcome, serverTime: at(0) } : outcome;
    },
    sessions: () => Promise.resolve({ found: 0, ended: 0, clients: [], byClient: [] }),
    ...more,
    pods: {
      ...cluster.deps.pods,
      names: () => Promise.resolve(['db-1']),
      log: () => Promise.resolve(''),
      logSince: () => Promise.resolve({ text: lines.join('\n'), whole: true }),
      addresses: () => Promise.resolve([]),
      withAddress: (address) => {
        asked.push(address);
        return Promise.resolve([FAR].filter((pod) => pod.address === address));
      },
    },
  };
  return { cluster, deps, asked };
}

const clock = () => clockOf({ time: 0 }, 15_000);

describe('verify', () => {
  it('counts by PostgreSQL’s clock from the first write on, whatever the worker’s clock says', async () => {
    const { deps } = await world([line('10.0.0.1', -31), line('10.0.0.1', -29)]);
    const { refusedLogins, aheadMs } = await inActivity(() => verify(deps, input(), clock()));
    expect(refusedLogins?.count).toBe(1);
    expect(aheadMs).toBe(WORKER_BEHIND_MS);
  });

  it('excuses the pods that restarted, and names the pod of another namespace by its address', async () => {
    const { deps, asked } = await world([line('10.0.0.1', -20), line('10.0.0.5', -10), line('10.0.0.5', 1)]);
    const { leftBehind } = await inActivity(() => verify(deps, input(), clock()));
    expect(leftBehind).toEqual([
      {
        client: '10.0.0.5',
        role: 'litellm',
        refused: 2,
        because: 'still refused',
        pod: 'report-1',
        namespace: 'reports',
      },
    ]);
    expect(asked).toEqual(['10.0.0.1', '10.0.0.5']);
  });

  it('leaves what comes after the proof to the watch that follows', async () => {
    const { deps } = await world([line('10.0.0.5', -10), line('10.0.0.5', 1)]);
    const watched = { ...input(), rotation: { ...input().rotation, component: { ...LITELLM, watchSeconds: 5 } } };
    const { leftBehind } = await inActivity(() => verify(deps, watched, clock()));
    expect(leftBehind).toMatchObject([{ refused: 1, because: 'refused meanwhile' }]);
  });

  it('names who is logged in with the other password', async () => {
    const byClient = [{ address: '10.0.0.5', applicationName: 'psql', role: 'litellm', sessions: 1, since: at(-90) }];
    const sessions = () => Promise.resolve({ found: 1, ended: 0, clients: ['10.0.0.5'], byClient });
    const { deps } = await world([], { sessions });
    const { leftBehind } = await inActivity(() => verify(deps, input(), clock()));
    expect(leftBehind).toMatchObject([{ pod: 'report-1', applicationName: 'psql', because: 'logged in before' }]);
  });

  it('takes the sessions that the old of two roles had when it was drained', async () => {
    const leftSessions = [{ address: '10.0.0.5', role: 'litellm_a', sessions: 1, since: at(-90) }];
    const { deps } = await world([]);
    const { leftBehind } = await inActivity(() => verify(deps, input({ leftSessions }), clock()));
    expect(leftBehind).toMatchObject([{ pod: 'report-1', role: 'litellm_a', because: 'logged in before' }]);
  });

  it('says that nobody can tell who is left behind where refused logins cannot be counted', async () => {
    const { deps, cluster } = await world([]);
    cluster.cluster = { ...cluster.cluster, logLevel: 'warning' };
    const { warnings } = await inActivity(() => verify(deps, input(), clock()));
    expect(warnings).toEqual([
      expect.stringMatching(/^Nobody can tell whom the rotation left behind, because with spec.logLevel: warning/),
    ]);
  });

  it('leaves nobody behind on the way back', async () => {
    const { deps, cluster } = await world([line('10.0.0.5', 1)]);
    await publish(cluster.deps, publishInput({ rotation: ROTATION, target: 'previous' }));
    cluster.accepted = cluster.text(LITELLM.secret, 'password');
    const { end } = verifyInput({ ...input(), rotation: ROTATION, target: 'previous' });
    expect(await inActivity(() => verify(deps, { ...input(), end }, clock()))).not.toHaveProperty('leftBehind');
  });

  it('takes every pod of before for restarted where an earlier version began the rotation', async () => {
    const { deps } = await world([line('10.0.0.1', -20)]);
    const earlier: VerifyInput = { ...input({ clients: [{ pod: 'litellm-old', address: '10.0.0.1' }] }) };
    Reflect.deleteProperty(earlier, 'workloads');
    const { leftBehind } = await inActivity(() => verify(deps, earlier, clock()));
    expect(leftBehind).toEqual([]);
  });
});

describe('the watch after the proof', () => {
  it('looks again and again until its time is over, and counts from the proof on', async () => {
    const { deps, cluster } = await world([]);
    const looks: number[] = [];
    const began = cluster.time;
    const sinceBegan = {
      get time() {
        return cluster.time - began;
      },
    };
    const growing: Dependencies = {
      ...deps,
      pods: {
        ...deps.pods,
        logSince: () => {
          looks.push(sinceBegan.time);
          const lines = [line('10.0.0.5', -10), ...looks.map((_, index) => line('10.0.0.5', index))];
          return Promise.resolve({ text: lines.join('\n'), whole: true });
        },
      },
    };
    const { leftBehind } = await inActivity(() =>
      watch(growing, { ...input(), provenAt: at(0), aheadMs: WORKER_BEHIND_MS }, clockOf(sinceBegan, 5_000)),
    );
    expect(looks).toEqual([0, 2_000, 4_000, 5_000]);
    expect(leftBehind).toMatchObject([{ pod: 'report-1', refused: 4, because: 'still refused' }]);
  });
});
