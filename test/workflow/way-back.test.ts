import { awaitReport } from '../../src/client/rotate.ts';
import { RotationError } from '../../src/domain/failures.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import type { ActivityName } from './budgets.ts';
import { StubActivities } from './stub-activities.ts';

const harness = useWorkflowHarness(createTimeSkippingEnvironment);

type Handle = Awaited<ReturnType<typeof harness.begin>>;

/** A rotation that has to go back, and whose `call` on the way back fails so often. */
async function goBack(
  fail: Parameters<StubActivities['fail']>,
  then: { at: string; number: number; act: (handle: Handle) => unknown } | undefined,
  stubs = new StubActivities(),
) {
  stubs.fail(...fail);
  const begun: { handle?: Handle } = {};
  let answer: unknown;
  let seen: RotationReport | undefined;
  stubs.before = async (call) => {
    if (call === 'restart pending') throw new RotationError('RolloutIncomplete', 'the way there fails');
    const { handle } = begun;
    if (handle === undefined || call !== then?.at) return;
    const number = stubs.calls.filter((one) => one === call).length;
    if (number !== then.number) return;
    seen = await handle.query<RotationReport>('progress');
    answer = await Promise.resolve(then.act(handle)).catch((error: unknown) => error);
  };
  begun.handle = await harness.begin(stubs);
  const report = await awaitReport(begun.handle);
  return { stubs, report, answer, seen };
}

const failed = (type: 'RolloutIncomplete' | 'KubernetesUnavailable', times: number) =>
  ({ target: 'previous', type, times, retryable: type === 'KubernetesUnavailable' }) as const;

const nothing = (): undefined => undefined;

describe('the way back', () => {
  it.each<ActivityName>(['publish', 'sync', 'restart', 'verify'])(
    'waits for an API server that is away for half an hour at %s',
    async (name) => {
      const { report, stubs } = await goBack([name, failed('KubernetesUnavailable', 300)], undefined);
      expect(report).toMatchObject({ outcome: 'rolled-back' });
      expect(stubs.calls.filter((call) => call === `${name} previous`)).toHaveLength(301);
    },
  );

  it('tries a restart again that was not done in time, and says so meanwhile', async () => {
    const then = { at: 'restart previous', number: 4, act: nothing };
    const { report, seen } = await goBack(['restart', failed('RolloutIncomplete', 3)], then);
    expect(seen?.steps.at(-1)).toMatchObject({
      step: 'restart',
      outcome: 'running',
      detail: expect.stringMatching(/^tried again since 20\S+Z, because: restart failed as the test asked$/) as string,
    });
    expect(report).toMatchObject({ outcome: 'rolled-back' });
    expect(report.steps.filter(({ step, target }) => step === 'restart' && target === 'previous')).toHaveLength(1);
  });

  it('looks for CNPG again while the emergency fails, and ends when CNPG is back', async () => {
    const stubs = new StubActivities();
    stubs.cnpgSyncs = false;
    const cnpgIsBack = { at: 'emergencyAlterUser previous', number: 60, act: () => (stubs.cnpgSyncs = true) };
    const failing = { target: 'previous', type: 'EmergencyFailed', retryable: true } as const;
    const { report } = await goBack(['emergencyAlterUser', failing], cnpgIsBack, stubs);
    expect(report).toMatchObject({ outcome: 'rolled-back' });
    expect(report.steps.slice(-5).map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'sync done',
      'emergency done',
      'restart done',
      'verify done',
      'finish done',
    ]);
    expect(report.steps.at(-4)?.detail).toContain('CNPG applied version 11');
  });

  it('ends at once at a failure that cannot pass', async () => {
    const { report, stubs } = await goBack(['restart', { target: 'previous', type: 'SecretChanged' }], undefined);
    expect(report).toMatchObject({ outcome: 'needs-attention' });
    expect(stubs.calls.filter((call) => call === 'restart previous')).toHaveLength(1);
  });

  it('that is tried again ends with an abortion, and says what a person has to do', async () => {
    const act = (handle: Handle) => handle.executeUpdate('abort', { args: [{ reason: 'enough' }] });
    const then = { at: 'restart previous', number: 3, act };
    const { report, answer } = await goBack(['restart', failed('RolloutIncomplete', 1_000)], then);
    expect(answer).toContain('The way back of litellm is not tried again');
    expect(report).toMatchObject({ outcome: 'needs-attention' });
    expect(report.cause?.message).toMatch(
      /Going back failed too: a person stopped the way back, .* because: restart failed as the test asked$/,
    );
    expect(report.advice).toContain('get secret litellm-db-secret-rotation');
  });
});

describe('an operator that did not answer in preflight', () => {
  it('is not waited for: the emergency sets the password at once, and the report says why', async () => {
    const stubs = new StubActivities();
    stubs.operatorAway = true;
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({ outcome: 'rotated' });
    expect(report.steps.map(({ step }) => step)).toEqual([
      'preflight',
      'stage',
      'publish',
      'emergency',
      'restart',
      'verify',
      'watch',
      'finish',
    ]);
    expect(report.steps[3]?.detail).toMatch(
      /^no sync, because CNPG's operator did not answer in preflight; ALTER USER/,
    );
    expect(report.warnings).toEqual([expect.stringContaining("because CNPG's operator did not answer in preflight.")]);
  });

  it('is waited for as usual where the emergency fails', async () => {
    const stubs = new StubActivities().fail('emergencyAlterUser', { type: 'EmergencyFailed', target: 'pending' });
    stubs.operatorAway = true;
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({ outcome: 'rotated', warnings: [] });
    expect(report.steps.map(({ step }) => step).slice(3, 5)).toEqual(['emergency', 'sync']);
  });
});
