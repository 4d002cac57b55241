import { WorkflowUpdateFailedError } from '@temporalio/client';
import { awaitReport, type RotationHandle } from '../../src/client/rotate.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { createLocalEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { BACK, FORWARD } from './calls.ts';
import { StubActivities } from './stub-activities.ts';

const INPUT = { component: 'litellm', requireApproval: true };

const harness = useWorkflowHarness(createLocalEnvironment);

const progress = (handle: RotationHandle): Promise<RotationReport> => handle.query<RotationReport>('progress');

/** The report once the rotation waits for somebody. */
async function waiting(handle: RotationHandle): Promise<RotationReport> {
  for (;;) {
    const report = await progress(handle);
    if (report.steps.at(-1)?.step === 'approve') return report;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const approve = (handle: RotationHandle, argument?: unknown): Promise<string> =>
  handle.executeUpdate<string, [unknown]>('approve', { args: [argument] });
const abort = (handle: RotationHandle, argument?: unknown): Promise<string> =>
  handle.executeUpdate<string, [unknown]>('abort', { args: [argument] });

/** The type and message with which an update was refused. */
async function refusal(update: Promise<string>): Promise<unknown> {
  const error: unknown = await update.catch((thrown: unknown) => thrown);
  if (error instanceof WorkflowUpdateFailedError) return error.cause;
  throw new Error(`not refused: ${String(error)}`);
}

describe('a rotation that was started with requireApproval', () => {
  it('writes nothing but the staging Secret before it is approved, and says what it waits for', async () => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs, INPUT, 'rotate-litellm');
    const report = await waiting(handle);
    expect(stubs.calls).toEqual(['preflight', 'stage']);
    expect(report.steps.at(-1)).toMatchObject({ outcome: 'running', budgetSeconds: 86_400 });
    expect(report.steps.at(-1)?.detail).toMatch(
      /^waiting for approval: cnpg-rotate approve litellm, or the update "approve" in the Web UI, until 20/,
    );
    await approve(handle);
    await awaitReport(handle);
  });

  it('goes on when it is approved, and reports who approved it and when', async () => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs, INPUT);
    await waiting(handle);
    expect(await approve(handle, { by: 'alice', note: 'ticket 7' })).toBe('The rotation of litellm goes on.');
    const report = await awaitReport(handle);
    expect(report).toMatchObject({ outcome: 'rotated', approval: { by: 'alice', note: 'ticket 7' } });
    expect(Date.parse(report.approval?.at ?? '')).toBeGreaterThan(Date.parse(report.startedAt));
    expect(report.steps[2]).toMatchObject({ step: 'approve', outcome: 'done', detail: 'approved by alice: ticket 7' });
    const [preflight, stage, ...rest] = FORWARD;
    expect(stubs.calls).toEqual([preflight, stage, preflight, ...rest]);
  });

  it('reports what the role could do before, also where the look after the approval does not see it', async () => {
    const stubs = new StubActivities();
    stubs.attributes = [['Create DB'], []];
    const handle = await harness.begin(stubs, INPUT);
    await waiting(handle);
    stubs.attributes = [undefined, []];
    await approve(handle);
    const report = await awaitReport(handle);
    expect(report.roleAttributes).toMatchObject({ before: { attributes: ['Create DB'] }, after: { attributes: [] } });
    expect(report.warnings).toEqual([expect.stringContaining('Role "litellm"')]);
  });

  it('looks at the world again when it is approved, and changes nothing in one that has become unfit', async () => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs, INPUT);
    await waiting(handle);
    stubs.fail('preflight', { type: 'primary-is-not-fenced' });
    await approve(handle);
    expect(await awaitReport(handle)).toMatchObject({ outcome: 'unchanged', cause: { type: 'primary-is-not-fenced' } });
    expect(stubs.calls).toEqual(['preflight', 'stage', 'preflight', 'finish']);
  });

  it('changes nothing when another Secret has come to hold the password while it waited', async () => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs, INPUT);
    await waiting(handle);
    stubs.secrets = ['litellm-db-secret', 'litellm-env'];
    await approve(handle);
    expect(await awaitReport(handle)).toMatchObject({
      outcome: 'unchanged',
      cause: {
        type: 'SecretChanged',
        message: expect.stringContaining('litellm-env, key password, holds the password now') as string,
      },
    });
    expect(stubs.calls).toEqual(['preflight', 'stage', 'preflight', 'finish']);
  });

  it('takes an approval without any argument, as the Web UI sends it', async () => {
    const handle = await harness.begin(new StubActivities(), INPUT);
    await waiting(handle);
    await approve(handle);
    expect(await awaitReport(handle)).toMatchObject({
      outcome: 'rotated',
      approval: { at: expect.any(String) as string },
    });
  });

  it('refuses a second approval', async () => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs, INPUT);
    let second: unknown;
    stubs.before = async (call) => {
      if (call === 'publish pending') second = await refusal(approve(handle, { by: 'bob' }));
    };
    await waiting(handle);
    await approve(handle, { by: 'alice' });
    expect((await awaitReport(handle)).approval?.by).toBe('alice');
    expect(second).toMatchObject({ type: 'NotWaiting', message: 'The rotation of litellm was approved already.' });
  });

  it('refuses an approval that comes too early, and one with a wrong argument', async () => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs, INPUT);
    let early: unknown;
    stubs.before = async (call) => {
      if (call === 'stage') early = await refusal(approve(handle));
    };
    await waiting(handle);
    expect(early).toMatchObject({ type: 'NotWaiting', message: expect.stringContaining('has not come') as string });
    expect(await refusal(approve(handle, { bye: 'alice' }))).toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('bye') as string,
    });
    await approve(handle);
    await awaitReport(handle);
  });

  it.each([
    ['aborted', 'Aborted', 'FAILED', (handle: RotationHandle) => abort(handle, { reason: 'wrong component' })],
    ['cancelled', 'Cancelled', 'CANCELLED', (handle: RotationHandle) => handle.cancel()],
  ])('changes nothing when it is %s while it waits', async (_, type, status, end) => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs, INPUT);
    await waiting(handle);
    await end(handle);
    const report = await awaitReport(handle);
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { type } });
    expect(stubs.calls).toEqual(['preflight', 'stage', 'finish']);
    expect((await handle.describe()).status.name).toBe(status);
  });
});

describe('a rotation that was started without requireApproval', () => {
  it('refuses an approval', async () => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs);
    let answer: unknown;
    stubs.before = async (call) => {
      if (call === 'sync pending') answer = await refusal(approve(handle));
    };
    await awaitReport(handle);
    expect(answer).toMatchObject({
      type: 'NotWaiting',
      message: expect.stringContaining('waits for nobody') as string,
    });
  });
});

describe('a rotation that is aborted', () => {
  const abortAt = async (call: string): Promise<{ report: RotationReport; answer: unknown; stubs: StubActivities }> => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs);
    let answer: unknown;
    stubs.before = async (current) => {
      if (current === call) answer = await abort(handle, { reason: 'wrong day' }).catch((error: unknown) => error);
    };
    const report = await awaitReport(handle);
    expect((await handle.describe()).status.name).toBe(report.outcome === 'rotated' ? 'COMPLETED' : 'FAILED');
    return { report, answer, stubs };
  };

  it.each(['preflight', 'stage'])('changes nothing at %s', async (call) => {
    const { report, answer, stubs } = await abortAt(call);
    expect(report).toMatchObject({
      outcome: 'unchanged',
      cause: { type: 'Aborted', message: 'The rotation was aborted: wrong day' },
    });
    expect(answer).toBe('The rotation of litellm ends; no new password was set.');
    expect(stubs.calls).not.toContain('publish pending');
  });

  it.each(['publish pending', 'sync pending', 'restart pending', 'verify pending'])('goes back at %s', async (call) => {
    const { report, answer, stubs } = await abortAt(call);
    expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'Aborted' } });
    expect(answer).toBe('The previous password of litellm is brought back.');
    expect(stubs.calls.slice(-BACK.length)).toEqual(BACK);
  });

  it('is not diagnosed: who has stopped it waits for the way back', async () => {
    const { report, stubs } = await abortAt('sync pending');
    expect(report.cause?.message).toBe('The rotation was aborted: wrong day');
    expect(stubs.calls).not.toContain('diagnose');
  });

  it('stays rotated when the abortion comes after the proof', async () => {
    const { report, answer } = await abortAt('finish');
    expect(report.outcome).toBe('rotated');
    expect(answer).toMatchObject({
      cause: { type: 'NotWaiting', message: 'The rotation of litellm is ending already.' },
    });
  });

  it('is aborted once: while it goes back a second abortion is refused', async () => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs);
    let second: unknown;
    stubs.before = async (call) => {
      if (call === 'sync pending') await abort(handle);
      if (call === 'sync previous') second = await refusal(abort(handle));
    };
    expect(await awaitReport(handle)).toMatchObject({ outcome: 'rolled-back', cause: { type: 'Aborted' } });
    expect(second).toMatchObject({ type: 'NotWaiting' });
  });
});
