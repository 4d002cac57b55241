import { randomUUID } from 'node:crypto';
import { awaitAdoption } from '../../src/client/adopt.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import { RotationError } from '../../src/domain/failures.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { createLocalEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { BACK } from './calls.ts';
import { StubActivities } from './stub-activities.ts';

const harness = useWorkflowHarness(createLocalEnvironment);

describe('a rotation that is cancelled', () => {
  const cancelAt = async (call: string): Promise<{ report: RotationReport; stubs: StubActivities; status: string }> => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs);
    let cancelled = false;
    stubs.before = async (current) => {
      if (current !== call || cancelled) return;
      cancelled = true;
      await handle.cancel();
    };
    const report = await awaitReport(handle);
    return { report, stubs, status: (await handle.describe()).status.name };
  };

  it.each(['preflight', 'stage'])('changes nothing at %s', async (call) => {
    const { report, status } = await cancelAt(call);
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'Cancelled' } });
    expect(status).toBe('CANCELLED');
  });

  it.each(['publish pending', 'sync pending', 'restart pending'])('goes back at %s', async (call) => {
    const { report, stubs, status } = await cancelAt(call);
    expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'Cancelled' } });
    expect(stubs.calls.slice(-BACK.length)).toEqual(BACK);
    expect(status).toBe('CANCELLED');
  });
});

describe('a way back that is tried again', () => {
  const cancelAt = async (at: string, number: number, failures: number) => {
    const stubs = new StubActivities().fail('restart', {
      type: 'RolloutIncomplete',
      target: 'previous',
      times: failures,
    });
    const handle = await harness.begin(stubs);
    stubs.before = async (call) => {
      if (call === at && stubs.calls.filter((one) => one === at).length === number) await handle.cancel();
      if (call === 'verify pending') throw new RotationError('NewPasswordRefused', 'as the test asked');
    };
    return { report: await awaitReport(handle), stubs };
  };

  it('is tried again where the rotation was cancelled before', async () => {
    const { report, stubs } = await cancelAt('sync pending', 1, 1);
    expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'Cancelled' } });
    expect(stubs.calls.filter((call) => call === 'restart previous')).toHaveLength(2);
  });

  it('ends when it is cancelled', async () => {
    const { report } = await cancelAt('restart previous', 2, 100);
    expect(report).toMatchObject({ outcome: 'needs-attention', cause: { type: 'NewPasswordRefused' } });
    expect(report.cause?.message).toContain('a person stopped the way back');
  });
});

describe('an adoption that is cancelled', () => {
  it('is undone like one that fails', async () => {
    const stubs = new StubActivities();
    const handle = await harness.beginAdoption(stubs, { component: 'litellm' }, `adopt-${randomUUID()}`);
    let cancelled = false;
    stubs.before = async (call) => {
      if (call !== 'restart pending' || cancelled) return;
      cancelled = true;
      await handle.cancel();
    };
    await expect(awaitAdoption(handle)).resolves.toMatchObject({
      outcome: 'rolled-back',
      cause: { type: 'Cancelled' },
    });
    expect(stubs.calls.slice(-3)).toEqual(['verify previous', 'withdrawRoles', 'finish']);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });
});
