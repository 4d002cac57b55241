import { hook } from '../../../src/activities/steps/hook.ts';
import type { Hooks } from '../../../src/activities/dependencies.ts';
import type { HookAnswer, HookQuestion } from '../../../src/domain/hook.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';
import { ROTATION } from '../../harness/rotation-input.ts';

const SECONDS = 30;
const COMPONENT = { ...ROTATION.component, hook: { label: 'command /opt/backup-exists', seconds: SECONDS } };
const INPUT = {
  rotation: { ...ROTATION, component: COMPONENT },
  action: 'rotate',
  passwordAt: ROTATION.passwordAt,
} as const;
const HOOK = { kind: 'command', argv: ['/opt/backup-exists', 'argument'] } as const;

const AWAY: HookAnswer = { kind: 'unanswered', because: 'it could not be reached (ECONNREFUSED)', again: true };
const refusal = (reason: string): HookAnswer => ({ kind: 'refused', how: 'it ended with exit code 1', reason });

/** Runs the step on hooks that answer so, one after the other. The last answer stays. */
async function ask(answers: readonly HookAnswer[], hooks: Partial<Hooks> = {}) {
  const world = new TestCluster();
  const asked: HookQuestion[] = [];
  const deps = {
    ...world.deps,
    hooks: {
      find: () => HOOK,
      ask: (_: unknown, question: HookQuestion) => {
        asked.push(question);
        return Promise.resolve(answers[asked.length - 1] ?? answers.at(-1) ?? AWAY);
      },
      ...hooks,
    },
  };
  const failure: unknown = await inActivity(() => hook(deps, INPUT, clockOf(world, SECONDS * 1_000))).then(
    () => 'allowed',
    (error: unknown) => error,
  );
  return { failure, asked, world };
}

describe('the step that asks the hook', () => {
  it('tells the hook what will change', async () => {
    const { failure, asked } = await ask([{ kind: 'allowed' }]);
    expect(failure).toBe('allowed');
    expect(asked).toEqual([
      {
        action: 'rotate',
        component: 'litellm',
        namespace: 'ai-system',
        cluster: 'litellm-postgresql',
        role: 'litellm',
        rotation: ROTATION.id,
        workflowId: expect.any(String) as string,
      },
    ]);
  });

  it('asks a hook that refuses only once, and says what it said', async () => {
    const { failure, asked } = await ask([refusal('no backup since Tuesday.')]);
    expect(failure).toMatchObject({
      type: 'HookRefused',
      retryable: false,
      message:
        'The command /opt/backup-exists refused to let litellm change: it ended with exit code 1. It said: no backup since Tuesday. Nothing was begun. Do what it asks for, then start again.',
    });
    expect(asked).toHaveLength(1);
  });

  it('shows no password of the component in what the hook said', async () => {
    const { failure } = await ask([refusal('psql: old-password-0123456789 was refused')]);
    expect(failure).toMatchObject({ message: expect.stringContaining('psql: [password] was refused') as string });
  });

  it('shows the beginning of what the hook said, and no beginning of a password', async () => {
    const { failure } = await ask([refusal(`${'x'.repeat(290)}old-password-0123456789 and more`)]);
    const { message } = failure as Error;
    expect(message).toContain(`It said: ${'x'.repeat(290)}[password]. Nothing was begun.`);
  });

  it('asks a hook again that cannot be reached', async () => {
    const { failure, asked } = await ask([AWAY, AWAY, { kind: 'allowed' }]);
    expect([failure, asked.length]).toEqual(['allowed', 3]);
  });

  it('gives a hook up that cannot be reached within its limit', async () => {
    const { failure, asked, world } = await ask([AWAY]);
    expect(failure).toMatchObject({
      type: 'HookUnanswered',
      retryable: false,
      message: expect.stringMatching(
        /did not allow the change within 30 s: it could not be reached \(ECONNREFUSED\)\./,
      ) as string,
    });
    expect(asked.length).toBeGreaterThan(10);
    expect(world.time).toBe(SECONDS * 1_000);
  });

  it('asks a hook only once that did not answer in time', async () => {
    const { failure, asked } = await ask([{ kind: 'unanswered', because: 'it did not end in time', again: false }]);
    expect(failure).toMatchObject({ type: 'HookUnanswered' });
    expect(asked).toHaveLength(1);
  });

  it('does not take a catalogue without the hook for a permission', async () => {
    const { failure, asked } = await ask([{ kind: 'allowed' }], { find: () => undefined });
    expect(failure).toMatchObject({
      type: 'HookUnanswered',
      message: expect.stringContaining('the catalogue of this worker has no hook for the component') as string,
    });
    expect(asked).toEqual([]);
  });

  it('writes nothing', async () => {
    const { world } = await ask([refusal('no')]);
    expect(world.writes).toEqual([]);
  });
});
