import { LOST_AT_MOST } from '../../src/domain/budgets.ts';
import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { FORWARD, TAKE_OVER } from './calls.ts';
import { useWorkflowHarness } from './harness.ts';
import { Losses } from './losses.ts';
import { StubActivities } from './stub-activities.ts';

const harness = useWorkflowHarness(createTimeSkippingEnvironment);

/** The calls with others in the place of one. */
function instead(calls: readonly string[], of: string, those: readonly string[]): string[] {
  return calls.flatMap((call) => (call === of ? those : [call]));
}

describe('a password that a failover has lost', () => {
  it.each(['restart', 'verify'] as const)(
    'is set again when %s finds the loss, and the step is taken again',
    async (step) => {
      const stubs = Object.assign(new StubActivities(), { losses: new Losses([step]) });
      const report = await harness.rotate(stubs);
      expect(report.outcome).toBe('rotated');
      const call = `${step} pending`;
      expect(stubs.calls).toEqual(instead(FORWARD, call, [call, 'sync pending', call]));
      const detail =
        'the primary changed from litellm-postgresql-1 to litellm-postgresql-2, and there PostgreSQL refuses it';
      expect(report.steps.find((one) => one.step === step)?.detail).toContain(detail);
      expect(report.warnings).toEqual([
        `A failover lost the password: ${detail}. The rotation set the password again.`,
      ]);
    },
  );

  it('is set by the emergency where CNPG does not set it again', async () => {
    const stubs = Object.assign(new StubActivities(), { losses: new Losses(['verify']) });
    stubs.before = (call) => {
      // A DatabaseRole’s status says that its Secret is applied, whatever a failover lost.
      if (call === 'verify pending') stubs.cnpgSyncs = false;
      return Promise.resolve();
    };
    expect((await harness.rotate(stubs)).outcome).toBe('rotated');
    const again = ['verify pending', 'sync pending', 'emergencyAlterUser pending', 'verify pending'];
    expect(stubs.calls).toEqual(instead(FORWARD, 'verify pending', again));
  });

  it('is looked for as the role that comes in, and both roles’ passwords are set again as far as they were', async () => {
    const stubs = Object.assign(new StubActivities(), { alternating: true, losses: new Losses(['restart', 'verify']) });
    expect((await harness.rotate(stubs, { component: 'litellm', strategy: 'alternating' })).outcome).toBe('rotated');
    const incoming = 'sync pending incoming';
    const afterRestart = ['restart pending', incoming, 'restart pending'];
    const afterVerify = ['verify pending', incoming, 'sync pending outgoing', 'verify pending'];
    expect(stubs.calls).toEqual(
      instead(instead(TAKE_OVER, 'restart pending', afterRestart), 'verify pending', afterVerify),
    );
    expect(new Set(stubs.losses.provenOn)).toEqual(new Set(['litellm_b']));
  });

  it('is not set again without end: then the step itself says what is wrong', async () => {
    const stubs = Object.assign(new StubActivities(), {
      losses: new Losses(Array<'verify'>(LOST_AT_MOST + 1).fill('verify')),
    });
    await harness.rotate(stubs);
    expect(stubs.calls.filter((call) => call === 'sync pending')).toHaveLength(LOST_AT_MOST + 1);
    expect(stubs.losses.provenOn.at(-1)).toBeUndefined();
  });
});
