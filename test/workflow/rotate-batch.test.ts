import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { awaitBatchReport } from '../../src/client/batch.ts';
import type { BatchReport } from '../../src/domain/batch.ts';
import { createLocalEnvironment } from '../support/temporal-environment.ts';
import { WorkflowHarness } from './harness.ts';
import { StubActivities } from './stub-activities.ts';

let environment: TestWorkflowEnvironment;
let harness: WorkflowHarness;

beforeAll(async () => {
  environment = await createLocalEnvironment();
  harness = new WorkflowHarness(environment);
  await harness.start();
}, 60_000);

afterAll(async () => {
  await harness.stop();
  await environment.teardown();
});

const ALL = ['litellm', 'langfuse', 'obot', 'dragonfly'];

async function run(stubs: StubActivities, input?: unknown): Promise<BatchReport> {
  return awaitBatchReport(await harness.beginBatch(stubs, input));
}

const outcomes = ({ components }: BatchReport): Record<string, string> =>
  Object.fromEntries(components.map(({ component, outcome }) => [component, outcome]));

/** Stubs that take a moment at each rotation's staging, so that rotations overlap. */
function slow(stubs = new StubActivities()): StubActivities {
  stubs.before = (call) => new Promise((resolve) => setTimeout(resolve, call === 'stage' ? 200 : 0));
  return stubs;
}

describe('a batch', () => {
  it('rotates the whole catalogue by one start with an empty object, two at once', async () => {
    const stubs = slow();
    const report = await run(stubs, {});
    expect(report.outcome).toBe('rotated');
    expect(report.components.map(({ component }) => component)).toEqual(ALL);
    expect(stubs.mostRunning).toBe(2);
  });

  it.each([1, 3, 10])('never runs more than %d at once when asked so', async (concurrency) => {
    const stubs = slow();
    await run(stubs, { concurrency });
    expect(stubs.mostRunning).toBe(Math.min(concurrency, ALL.length));
  });

  it('goes on when one fails, and reports its cause beside the others', async () => {
    const stubs = new StubActivities();
    stubs.broken.add('langfuse');
    const report = await run(stubs, {});
    expect(report.outcome).toBe('partly');
    expect(outcomes(report)).toEqual({
      litellm: 'rotated',
      langfuse: 'unchanged',
      obot: 'rotated',
      dragonfly: 'rotated',
    });
    expect(report.components[1]?.cause).toEqual({
      type: 'ClusterAbsent',
      message: 'Cluster of langfuse does not exist.',
    });
  });

  it('starts no further one after the asked number of failures', async () => {
    const stubs = new StubActivities();
    stubs.broken.add('litellm');
    const report = await run(stubs, { concurrency: 1, stopAfterFailures: 1 });
    expect(report.outcome).toBe('failed');
    expect(outcomes(report)).toEqual({
      litellm: 'unchanged',
      langfuse: 'not-started',
      obot: 'not-started',
      dragonfly: 'not-started',
    });
  });

  it('lets the canary go first and alone, and stops when it fails', async () => {
    const stubs = new StubActivities();
    stubs.broken.add('obot');
    const report = await run(stubs, { canary: 'obot' });
    expect(outcomes(report)).toEqual({
      litellm: 'not-started',
      langfuse: 'not-started',
      obot: 'unchanged',
      dragonfly: 'not-started',
    });
  });

  it('goes on after a canary that went well', async () => {
    const report = await run(new StubActivities(), { canary: 'obot', components: ['litellm', 'obot'] });
    expect(outcomes(report)).toEqual({ litellm: 'rotated', obot: 'rotated' });
  });

  it('leaves a component alone that is being rotated already', async () => {
    const stubs = slow();
    const first = await harness.beginBatch(stubs, { components: ['litellm'] });
    const second = await harness.beginBatch(stubs, { components: ['litellm'] });
    const reports = await Promise.all([awaitBatchReport(first), awaitBatchReport(second)]);
    expect(reports.map(({ components }) => components[0]?.cause?.type ?? 'none').sort()).toEqual([
      'AnotherRotation',
      'none',
    ]);
  });

  it('that is cancelled waits until its rotations have gone back, and starts no other', async () => {
    const stubs = new StubActivities();
    const handle = await harness.beginBatch(stubs, { concurrency: 1 });
    let cancelled = false;
    stubs.before = async (call) => {
      if (call !== 'restart pending' || cancelled) return;
      cancelled = true;
      await handle.cancel();
      await new Promise((resolve) => setTimeout(resolve, 300));
    };
    const report = await awaitBatchReport(handle);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(outcomes(report)).toEqual({
      litellm: 'cancelled',
      langfuse: 'not-started',
      obot: 'not-started',
      dragonfly: 'not-started',
    });
    expect(stubs.outcome).toBe('rolled-back');
  });

  it.each([
    ['a component that the catalogue does not have', { components: ['lightllm'] }, 'lightllm'],
    ['a component twice', { components: ['obot', 'obot'] }, 'twice'],
    ['a canary outside of it', { components: ['obot'], canary: 'litellm' }, 'litellm'],
    ['no concurrency', { concurrency: 0 }, 'concurrency'],
    ['an unknown field', { componnets: ['obot'] }, 'componnets'],
  ])('refuses %s before anything is started', async (_, input, named) => {
    const stubs = new StubActivities();
    await expect(run(stubs, input)).rejects.toThrow(named);
    expect(stubs.calls).toEqual([]);
  });
});
