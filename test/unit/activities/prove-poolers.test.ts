import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { poolersFollow, provePoolers } from '../../../src/activities/proof/prove-poolers.ts';
import { readStaging } from '../../../src/activities/staging/staging.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { RotationError } from '../../../src/domain/failures.ts';
import { inPlaceHandover } from '../../../src/domain/rotation/handover.ts';
import type { Target } from '../../../src/domain/steps.ts';
import type { LoginOutcome } from '../../../src/postgres/login.ts';
import { acceptedLogin } from '../../harness/activities/accepted-login.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { passwordChangeInput, stageInput } from '../../harness/activities/step-inputs.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { ROTATION } from '../../harness/rotation-input.ts';

const POOLER = { name: 'rw', poolMode: 'session', why: '', retrySeconds: 15 };
const BEHIND = { ...ROTATION, poolers: [POOLER] };
const REFUSED = { accepted: false, sqlState: '08P01' } as const;
const CACHED = new RotationError('DatabaseUnreachable', 'server login has been failing, cached error: x');

interface Behind {
  readonly pods?: readonly string[];
  /** What PgBouncer of a pod answers, some seconds after the step began. */
  readonly answer: (pod: string, isNew: boolean, seconds: number) => LoginOutcome | RotationError;
}

async function behind({ pods = ['rw-1'], answer }: Behind, target: Target = 'pending') {
  const world = new TestCluster();
  await stage(world.deps, stageInput({ rotation: ROTATION, owner: { workflowId: 'w', runId: 'r' } }));
  const staging = await readStaging(world.deps, ROTATION);
  const deps: Dependencies = {
    ...world.deps,
    poolers: {
      ...world.deps.poolers,
      readyPods: () => Promise.resolve(pods.map((pod) => ({ pod, address: '10.0.0.9' }))),
    },
    loginThrough: (_, { pod }, { password }) => {
      const isNew = password.reveal() !== 'old-password-0123456789';
      const said = answer(pod.pod, isNew, world.time / 1_000);
      return said instanceof RotationError ? Promise.reject(said) : Promise.resolve(said);
    },
  };
  const clock = clockOf(world, 60_000);
  const logins = inPlaceHandover(BEHIND, target).end.logins;
  return {
    prove: () => inActivity(() => provePoolers(deps, BEHIND, staging, logins, clock)),
    follow: () =>
      inActivity(() => poolersFollow(deps, passwordChangeInput({ rotation: BEHIND, target }), staging, clock)),
    seconds: () => world.time / 1_000,
  };
}

describe('the logins through a Pooler', () => {
  it('are proven in every pod', async () => {
    const asked: string[] = [];
    const { prove } = await behind({
      pods: ['rw-1', 'rw-2'],
      answer: (pod, isNew) => {
        asked.push(`${pod} ${isNew ? 'new' : 'old'}`);
        return isNew ? acceptedLogin('litellm') : REFUSED;
      },
    });
    await expect(prove()).resolves.toEqual({ proven: ['Pooler ai-system/rw (2 pods)'] });
    expect(asked.sort()).toEqual(['rw-1 new', 'rw-1 old', 'rw-2 new', 'rw-2 old']);
  });

  it('are waited for while PgBouncer answers from a failure that it remembers', async () => {
    const { prove, seconds } = await behind({
      answer: (_, isNew, now) => (!isNew ? REFUSED : now < 14 ? CACHED : acceptedLogin('litellm')),
    });
    await expect(prove()).resolves.toEqual({ proven: ['Pooler ai-system/rw (1 pod)'] });
    expect(seconds()).toBeGreaterThanOrEqual(14);
    expect(seconds()).toBeLessThan(16);
  });

  it.each<[string, Behind, string, RegExp]>([
    ['the new one is refused', { answer: () => REFUSED }, 'NewPasswordRefused', /PgBouncer refuses the password/],
    [
      'the old one is accepted',
      { answer: () => acceptedLogin('litellm') },
      'OldPasswordAccepted',
      /through Pooler ai-system\/rw \(Pod rw-1\).*still accepts/i,
    ],
    ['the failure stays', { answer: (_, isNew) => (isNew ? CACHED : REFUSED) }, 'DatabaseUnreachable', /cached error/],
    ['no pod is ready', { pods: [], answer: () => REFUSED }, 'DatabaseUnreachable', /No pod of Pooler/],
    [
      'one pod of two still accepts the old one',
      {
        pods: ['rw-1', 'rw-2'],
        answer: (pod, isNew) => (isNew || pod === 'rw-2' ? acceptedLogin('litellm') : REFUSED),
      },
      'OldPasswordAccepted',
      /Pod rw-2/,
    ],
  ])('are not proven when %s, and the wait has an end', async (_, given, type, message) => {
    const { prove, seconds } = await behind(given);
    await expect(prove()).resolves.toMatchObject({
      unproven: { type, message: expect.stringMatching(message) as string },
    });
    expect(seconds()).toBeGreaterThanOrEqual(20);
    expect(seconds()).toBeLessThan(23);
  });

  it('hold the restart up on the way there', async () => {
    const { follow } = await behind({ answer: () => REFUSED });
    await expect(follow()).rejects.toMatchObject({ type: 'NewPasswordRefused' });
  });

  it('hold nothing up on the way back', async () => {
    const { follow } = await behind({ answer: () => REFUSED }, 'previous');
    await expect(follow()).resolves.toBeUndefined();
  });
});
