import { LAST_LOOK_SECONDS } from '../../src/domain/budgets.ts';
import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { StubActivities } from './stub-activities.ts';

const harness = useWorkflowHarness(createTimeSkippingEnvironment);

const LEFT = { client: '10.0.0.9', role: 'litellm', refused: 2, because: 'refused meanwhile' } as const;

describe('who is left behind by a rotation', () => {
  it('names whom it left behind, by what it saw at the proof and for a while afterwards', async () => {
    const stubs = new StubActivities();
    stubs.leftBehind = [[LEFT], [{ ...LEFT, refused: 3, because: 'still refused' }]];
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({
      outcome: 'rotated',
      leftBehind: [{ client: '10.0.0.9', refused: 5, because: 'still refused' }],
    });
    expect(report.steps.at(-2)).toMatchObject({ step: 'watch', detail: '1 left behind: 10.0.0.9' });
    expect(stubs.told).toBe('1 left behind: 10.0.0.9');
  });

  it('looks for as long as it is asked, and not at all for 0 s', async () => {
    const watched = async (watchSeconds: number): Promise<number | undefined> => {
      const { steps: taken } = await harness.rotate(new StubActivities(), { component: 'litellm', watchSeconds });
      return taken.find(({ step }) => step === 'watch')?.budgetSeconds;
    };
    await expect(watched(600)).resolves.toBe(600 + LAST_LOOK_SECONDS);
    await expect(watched(0)).resolves.toBeUndefined();
  });

  it('is rotated where nobody could look who is still refused, and warns of it', async () => {
    const stubs = new StubActivities().fail('watch', { type: 'KubernetesForbidden' });
    const report = await harness.rotate(stubs);
    expect(report.outcome).toBe('rotated');
    expect(report.warnings).toEqual([expect.stringContaining('Nobody could look who is still refused')]);
  });

  it('does not look where a worker of an earlier version made the proof', async () => {
    const stubs = Object.assign(new StubActivities(), { ofAnEarlierVersion: true });
    expect((await harness.rotate(stubs)).outcome).toBe('rotated');
    expect(stubs.calls).not.toContain('watch');
  });

  it('leaves nobody behind where it goes back', async () => {
    const stubs = new StubActivities().fail('verify', { type: 'OldPasswordAccepted', target: 'pending' });
    stubs.leftBehind = [[LEFT], []];
    const report = await harness.rotate(stubs);
    expect(report.outcome).toBe('rolled-back');
    expect(report.leftBehind).toBeUndefined();
    expect(stubs.calls).not.toContain('watch');
  });
});
