import { randomUUID } from 'node:crypto';
import { awaitAdoption } from '../../src/client/adopt.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { createLocalEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { BACK, StubActivities } from './stub-activities.ts';

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
