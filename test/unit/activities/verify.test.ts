import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { publish } from '../../../src/activities/publish.ts';
import { stage } from '../../../src/activities/stage.ts';
import type { StepClock } from '../../../src/activities/step-clock.ts';
import { verify } from '../../../src/activities/verify.ts';
import type { SessionQuery } from '../../../src/postgres/sessions.ts';
import { inActivity } from '../../support/activity.ts';
import { LITELLM } from '../../support/examples.ts';
import { FakeCluster, ROTATION } from '../../support/fake-cluster.ts';

describe('verify', () => {
  it('tells of a Secret that somebody changed during the restart, whatever PostgreSQL accepts by then', async () => {
    const world = new FakeCluster();
    await stage(world.deps, { rotation: ROTATION, owner: { workflowId: 'w', runId: 'r' } });
    await publish(world.deps, { rotation: ROTATION, target: 'pending' });
    world.accepted = world.text(LITELLM.secret, 'password');
    const lastWriter = { manager: 'night-shift', at: '2026-11-24T08:00:00.000Z' };
    world.put(LITELLM.secret, { username: 'litellm', password: 'by-another-hand' }, { lastWriter });

    const clock: StepClock = { startedAt: 0, deadline: 15_000, signal: new AbortController().signal };
    const at = '2026-11-24T08:00:00.000Z';
    const input = {
      rotation: ROTATION,
      target: 'pending',
      publishedAt: at,
      appliedAt: at,
      pods: [],
      clients: [],
    } as const;
    await expect(
      inActivity(() => verify(world.deps, { ...input, endOldSessions: false }, clock)),
    ).rejects.toMatchObject({
      type: 'SecretChanged',
      message: expect.stringContaining('was changed by "night-shift" at 2026-11-24T08:00:00.000Z') as string,
    });
  });

  it.each([
    [false, ['10.0.0.1']],
    [true, []],
  ])(
    'looks for old sessions, those to be ended: %s, from everywhere but %j: a pod that is ending takes its own along',
    async (endOldSessions, notFrom) => {
      const world = new FakeCluster();
      await stage(world.deps, { rotation: ROTATION, owner: { workflowId: 'w', runId: 'r' } });
      await publish(world.deps, { rotation: ROTATION, target: 'pending' });
      world.accepted = world.text(LITELLM.secret, 'password');
      const asked: SessionQuery[] = [];
      const deps: Dependencies = {
        ...world.deps,
        sessions: (_, __, query) => {
          asked.push(query);
          return Promise.resolve({ found: 0, ended: 0, clients: [] });
        },
      };
      const clock: StepClock = { startedAt: 0, deadline: 15_000, signal: new AbortController().signal };
      const at = '2026-11-24T08:00:00.000Z';
      const clients = [
        { pod: 'litellm-old', address: '10.0.0.1' },
        { pod: 'litellm-new', address: '10.0.0.2' },
      ];
      const input = {
        rotation: ROTATION,
        target: 'pending',
        publishedAt: at,
        appliedAt: at,
        pods: ['litellm-new'],
      } as const;
      await inActivity(() => verify(deps, { ...input, endingPods: ['litellm-old'], clients, endOldSessions }, clock));
      expect(asked).toEqual([{ role: 'litellm', before: at, end: endOldSessions, notFrom }]);
    },
  );
});
