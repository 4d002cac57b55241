import { awaitBatchReport } from '../../src/client/batch.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import type { BatchReport } from '../../src/domain/batch/batch.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { createLocalEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { StubActivities } from './stub-activities.ts';

const ALL = ['litellm', 'langfuse', 'obot', 'dragonfly'];

const harness = useWorkflowHarness(createLocalEnvironment);

const outcomes = ({ components }: BatchReport): string[] =>
  components.map(({ component, outcome, cause }) =>
    cause === undefined ? `${component} ${outcome}` : `${component} ${outcome} ${cause.type}`,
  );

/** Holds every rotation at its publish until so many run at once, or a second is over. @returns the most that ever ran. */
function countAtOnce(stubs: StubActivities, wanted: number): { most: number } {
  const seen = { most: 0 };
  stubs.before = async (call) => {
    seen.most = Math.max(seen.most, stubs.running.size);
    if (call !== 'publish pending') return;
    const giveUpAt = Date.now() + 1_000;
    while (stubs.running.size < wanted && Date.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      seen.most = Math.max(seen.most, stubs.running.size);
    }
  };
  return seen;
}

describe('a batch', () => {
  it('rotates the whole catalogue when no component is named, and reports each', async () => {
    const stubs = new StubActivities();
    const report = await harness.batch(stubs, { reason: 'quarterly', startedBy: 'alice@laptop' });
    expect(report).toMatchObject({ outcome: 'rotated', reason: 'quarterly', startedBy: 'alice@laptop' });
    expect(outcomes(report)).toEqual(ALL.map((component) => `${component} rotated`));
    expect(report.components[0]).toMatchObject({
      workflowId: 'rotate-litellm',
      rotation: expect.stringMatching(/^litellm-/) as string,
      seconds: expect.any(Number) as number,
    });
    const child = await awaitReport(harness.environment.client.workflow.getHandle('rotate-obot'));
    expect(child).toMatchObject({ outcome: 'rotated', reason: 'quarterly', startedBy: 'alice@laptop' });
  });

  it('rotates the named components only, and tells them which batch they belong to', async () => {
    const stubs = new StubActivities();
    const handle = await harness.beginBatch(stubs, { components: ['obot', 'litellm'] });
    expect(outcomes(await awaitBatchReport(handle))).toEqual(['obot rotated', 'litellm rotated']);
    const child = await awaitReport(harness.environment.client.workflow.getHandle('rotate-obot'));
    expect(child.startedBy).toBe(`workflow ${handle.workflowId}`);
  });

  it.each([1, 2, 3])('runs as many rotations at once as concurrency says, and never more: %i', async (concurrency) => {
    const stubs = new StubActivities();
    const seen = countAtOnce(stubs, concurrency);
    expect((await harness.batch(stubs, { concurrency })).outcome).toBe('rotated');
    expect(seen.most).toBe(concurrency);
  });

  it('runs two at once unless it is told otherwise', async () => {
    const stubs = new StubActivities();
    const seen = countAtOnce(stubs, 2);
    await harness.batch(stubs);
    expect(seen.most).toBe(2);
  });

  it('goes on when one component fails, ends as BatchIncomplete and says which and why', async () => {
    const stubs = new StubActivities().fail('restart', {
      component: 'langfuse',
      target: 'pending',
      type: 'RolloutIncomplete',
    });
    const handle = await harness.beginBatch(stubs);
    const report = await awaitBatchReport(handle);
    expect(report.outcome).toBe('partly');
    expect(outcomes(report)).toEqual([
      'litellm rotated',
      'langfuse rolled-back RolloutIncomplete',
      'obot rotated',
      'dragonfly rotated',
    ]);
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'BatchIncomplete', message: 'partly: 3 of 4 rotated, 1 rolled-back' },
    });
  });

  it('reports a component whose cluster does not exist as such', async () => {
    const stubs = new StubActivities().fail('preflight', { component: 'obot', type: 'cluster-exists' });
    const report = await harness.batch(stubs);
    expect(report.components[2]).toMatchObject({
      outcome: 'unchanged',
      cause: { type: 'cluster-exists', message: 'preflight failed as the test asked' },
    });
  });

  it('asks for attention where a rotation could be neither finished nor undone', async () => {
    const stubs = new StubActivities().fail('verify', { component: 'obot', type: 'SecretChanged' });
    const report = await harness.batch(stubs, { components: ['obot'] });
    expect(report.outcome).toBe('failed');
    expect(report.components[0]).toMatchObject({ outcome: 'needs-attention' });
  });

  it('starts no further rotation after as many failures as stopAfterFailures says', async () => {
    const stubs = new StubActivities().fail('preflight', { type: 'secret-exists' });
    const report = await harness.batch(stubs, { concurrency: 1, stopAfterFailures: 2 });
    expect(outcomes(report)).toEqual([
      'litellm unchanged secret-exists',
      'langfuse unchanged secret-exists',
      'obot not-started',
      'dragonfly not-started',
    ]);
    expect(report.stopped).toBe('2 of 2 failed, and stopAfterFailures is 2');
  });

  it('rotates the canary first and alone', async () => {
    const stubs = new StubActivities();
    let besides = 0;
    stubs.before = (_, component) => {
      if (component === 'obot') besides = Math.max(besides, stubs.running.size - 1);
      return Promise.resolve();
    };
    const report = await harness.batch(stubs, { concurrency: 4, canary: 'obot' });
    expect(report.outcome).toBe('rotated');
    expect(stubs.begun[0]).toBe('obot');
    expect(besides).toBe(0);
  });

  it('starts nothing else when the canary fails', async () => {
    const stubs = new StubActivities().fail('verify', {
      component: 'obot',
      target: 'pending',
      type: 'OldPasswordAccepted',
    });
    const report = await harness.batch(stubs, { canary: 'obot' });
    expect(stubs.begun).toEqual(['obot']);
    expect(outcomes(report)).toEqual([
      'obot rolled-back OldPasswordAccepted',
      'litellm not-started',
      'langfuse not-started',
      'dragonfly not-started',
    ]);
    expect(report).toMatchObject({ outcome: 'failed', stopped: 'the canary obot was not rotated' });
  });

  it('leaves a component alone that is being rotated already, and reports that', async () => {
    const stubs = new StubActivities();
    const other = await harness.begin(stubs, { component: 'litellm', requireApproval: true }, 'rotate-litellm');
    const report = await harness.batch(stubs, { components: ['litellm', 'obot'] });
    expect(outcomes(report)).toEqual(['litellm not-started AnotherRotation', 'obot rotated']);
    await other.executeUpdate('abort');
    expect((await awaitReport(other)).outcome).toBe('unchanged');
  });

  it.each([
    ['an unknown component', { components: ['litellm', 'litelm'] }, 'There is no component "litelm"'],
    ['a component that is named twice', { components: ['obot', 'obot'] }, 'a component is named twice'],
    ['no component at all', { components: [] }, 'components'],
    ['a canary that is not in it', { components: ['obot'], canary: 'litellm' }, 'The canary "litellm" is not among'],
    ['a concurrency of zero', { concurrency: 0 }, 'concurrency'],
    ['a concurrency of 51', { concurrency: 51 }, 'concurrency'],
    ['an unknown field', { component: 'litellm' }, 'component'],
  ])('refuses %s before anything starts', async (_, input, named) => {
    const stubs = new StubActivities();
    await expect(harness.batch(stubs, input)).rejects.toThrow(named);
    expect(stubs.begun).toEqual([]);
  });

  it('hands requireApproval on: each rotation waits for its own approval', async () => {
    const stubs = new StubActivities();
    const handle = await harness.beginBatch(stubs, { components: ['litellm', 'obot'], requireApproval: true });
    for (const component of ['litellm', 'obot']) {
      const child = harness.environment.client.workflow.getHandle(`rotate-${component}`);
      const waits = (report: RotationReport | undefined): boolean =>
        report?.outcome === 'running' && report.steps.at(-1)?.step === 'approve';
      while (!waits(await child.query<RotationReport>('progress').catch(() => undefined)))
        await new Promise((resolve) => setTimeout(resolve, 50));
      await child.executeUpdate('approve');
    }
    expect((await awaitBatchReport(handle)).outcome).toBe('rotated');
  });

  it('answers the query "progress" with what runs and what has ended', async () => {
    const stubs = new StubActivities();
    const handle = await harness.beginBatch(stubs, { concurrency: 1 });
    let seen: BatchReport | undefined;
    stubs.before = async (call, component) => {
      if (call === 'verify pending' && component === 'langfuse') seen = await handle.query<BatchReport>('progress');
    };
    await awaitBatchReport(handle);
    expect(seen?.outcome).toBe('running');
    expect(seen && outcomes(seen)).toEqual([
      'litellm rotated',
      'langfuse running',
      'obot not-started',
      'dragonfly not-started',
    ]);
  });

  it('waits for the way back of its rotations when it is cancelled, and reports them', async () => {
    const stubs = new StubActivities();
    const handle = await harness.beginBatch(stubs, { concurrency: 2 });
    stubs.before = async (call, component) => {
      if (call === 'publish pending' && component === 'langfuse') await handle.cancel();
      // The others are caught with them.
      if (call === 'publish pending' && component === 'litellm')
        await new Promise((resolve) => setTimeout(resolve, 1_000));
    };
    const report = await awaitBatchReport(handle);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(report).toMatchObject({ outcome: 'failed', stopped: 'the batch was cancelled' });
    expect(outcomes(report)).toEqual([
      'litellm rolled-back Cancelled',
      'langfuse rolled-back Cancelled',
      'obot not-started',
      'dragonfly not-started',
    ]);
    expect(stubs.running.size).toBe(0);
  });

  it('reports a rotation that was terminated as one that needs attention', async () => {
    const stubs = new StubActivities();
    stubs.before = async (call, component) => {
      if (call === 'sync pending' && component === 'obot')
        await harness.environment.client.workflow.getHandle('rotate-obot').terminate();
    };
    const report = await harness.batch(stubs, { components: ['obot', 'litellm'] });
    expect(outcomes(report)).toEqual(['obot needs-attention NeedsAttention', 'litellm rotated']);
    expect(report.components[0]?.cause?.message).toContain('was terminated without a report');
  });
});
