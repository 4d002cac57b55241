import type { Consumer } from '../../src/domain/consumers/consumer.ts';
import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { FORWARD, TAKE_OVER } from './calls.ts';
import { StubActivities } from './stub-activities.ts';

const harness = useWorkflowHarness(createTimeSkippingEnvironment);

const NIGHTLY = { kind: 'CronJob', namespace: 'ai-system', name: 'nightly', pods: ['nightly-1-x'] };
const JOB: Consumer = { ...NIGHTLY, secrets: ['litellm-db-secret'], treatment: 'waited for' };

const world = (more: Partial<StubActivities>): StubActivities =>
  Object.assign(new StubActivities(), { consumers: [JOB], ...more });

/** The calls with the wait before another one. */
const waitingBefore = (calls: readonly string[], next: string): string[] =>
  calls.flatMap((call) => (call === next ? ['waitForJobs', call] : [call]));

describe('a rotation while Jobs run that read the Secret', () => {
  it('waits for them before the password changes', async () => {
    const stubs = world({});
    const report = await harness.rotate(stubs, { component: 'litellm', waitForJobsSeconds: 300 });
    expect(report).toMatchObject({ outcome: 'rotated', warnings: [] });
    expect(stubs.calls).toEqual(waitingBefore(FORWARD, 'publish pending'));
    expect(report.steps.find(({ step }) => step === 'wait')?.detail).toBe('no Job runs with the old value');
  });

  it('waits for them before the other role is locked out, where two roles take turns', async () => {
    const stubs = world({ alternating: true });
    await expect(harness.rotate(stubs)).resolves.toMatchObject({ outcome: 'rotated' });
    expect(stubs.calls).toEqual(waitingBefore(TAKE_OVER, 'drain pending'));
  });

  it('goes on when the limit is spent, and names who may be left behind', async () => {
    const report = await harness.rotate(world({ jobsLeft: [NIGHTLY] }));
    expect(report.outcome).toBe('rotated');
    expect(report.warnings).toEqual([expect.stringContaining('CronJob ai-system/nightly (nightly-1-x)')]);
  });

  it('ends unchanged when the wait fails, since nothing was written', async () => {
    const stubs = world({}).fail('waitForJobs', { type: 'KubernetesForbidden' });
    await expect(harness.rotate(stubs)).resolves.toMatchObject({ outcome: 'unchanged' });
    expect(stubs.calls.filter((call) => call.startsWith('publish'))).toEqual([]);
  });

  it('does not wait for anybody else', async () => {
    const stubs = world({ consumers: [{ ...JOB, kind: 'Workflow', treatment: 'told' }] });
    await harness.rotate(stubs);
    expect(stubs.calls).toEqual(FORWARD);
  });
});
