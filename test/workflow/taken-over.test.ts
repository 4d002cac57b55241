import { awaitAdoption } from '../../src/client/adopt.ts';
import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { FORWARD } from './calls.ts';
import { StubActivities } from './stub-activities.ts';

const harness = useWorkflowHarness(createTimeSkippingEnvironment);

const INTERRUPTED = { rotation: 'litellm-1', broughtAlong: ['litellm-env'], changedSince: [] };
const BROUGHT_ALONG =
  'Rotation litellm-1 was interrupted, and its lock was taken over. It had written Secret ai-system/litellm-db-secret and not Secret ai-system/litellm-env';

function takingOver(...interrupted: StubActivities['interrupted']): StubActivities {
  return Object.assign(new StubActivities(), { interrupted });
}

describe('a rotation that takes over the lock of an interrupted one', () => {
  it('looks again after the replay, stages what it finds then, and tells what was brought along', async () => {
    const stubs = takingOver(INTERRUPTED);
    stubs.before = (call) => {
      if (call === 'stage') stubs.secrets = ['litellm-db-secret', 'litellm-env'];
      return Promise.resolve();
    };
    const report = await harness.rotate(stubs);
    expect(stubs.calls).toEqual(['preflight', 'stage', ...FORWARD]);
    expect(report).toMatchObject({
      outcome: 'rotated',
      secrets: ['litellm-db-secret', 'litellm-env'],
      tookOver: [INTERRUPTED],
    });
    expect(report.warnings).toEqual([expect.stringContaining(BROUGHT_ALONG)]);
    expect(report.steps[1]?.detail).toBe('taken over from rotation litellm-1; litellm-env brought along');
    expect(report.steps[3]?.detail).toBe('both credentials in Secret litellm-db-secret-rotation');
  });

  it('takes over from two, one after the other', async () => {
    const stubs = takingOver(INTERRUPTED, { rotation: 'litellm-0', broughtAlong: [], changedSince: ['litellm-env'] });
    const report = await harness.rotate(stubs);
    expect(stubs.calls).toEqual(['preflight', 'stage', 'preflight', 'stage', ...FORWARD]);
    expect(report.warnings.join('\n')).toContain(
      'Secret ai-system/litellm-env holds neither the old nor the new value of rotation litellm-0',
    );
  });

  it('that is blocked by its second look removes the lock, and does not say that nothing was changed', async () => {
    const stubs = takingOver(INTERRUPTED);
    stubs.before = (call) => {
      if (call === 'stage') stubs.fail('preflight', { type: 'places-are-clear' });
      return Promise.resolve();
    };
    const report = await harness.rotate(stubs);
    expect(stubs.calls).toEqual(['preflight', 'stage', 'preflight', 'finish']);
    expect(stubs.outcome).toBe('unchanged');
    expect(report).toMatchObject({
      outcome: 'unchanged',
      cause: { type: 'places-are-clear' },
      tookOver: [INTERRUPTED],
    });
    expect(report.warnings).toEqual([expect.stringContaining(BROUGHT_ALONG)]);
  });

  it('that nobody approves says the same', async () => {
    const report = await harness.rotate(takingOver(INTERRUPTED), {
      component: 'litellm',
      requireApproval: true,
      approvalTimeoutSeconds: 3_600,
    });
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'ApprovalTimedOut' } });
    expect(report.cause?.message).not.toContain('nothing was changed');
    expect(report.warnings).toEqual([expect.stringContaining(BROUGHT_ALONG)]);
  });
});

describe('an adoption that takes over the lock of an interrupted rotation', () => {
  const adopt = async (stubs: StubActivities, component: string) =>
    awaitAdoption(await harness.beginAdoption(stubs, { component }, `adopt-${component}`));

  it('looks again after the replay', async () => {
    const stubs = takingOver(INTERRUPTED);
    const report = await adopt(stubs, 'litellm');
    expect(stubs.calls.slice(0, 6)).toEqual([
      'preflightAdoption',
      'splitSecrets',
      'stage',
      'preflightAdoption',
      'stage',
      'declareRoles',
    ]);
    expect(report).toMatchObject({ outcome: 'adopted', tookOver: [INTERRUPTED] });
  });

  it('that is blocked by its second look removes the lock', async () => {
    const stubs = takingOver(INTERRUPTED);
    stubs.before = (call) => {
      const finding = { rule: 'names-fit', severity: 'blocking', message: 'No.', mend: 'Yes.' } as const;
      if (call === 'stage') stubs.adoption = { findings: [finding] };
      return Promise.resolve();
    };
    const report = await adopt(stubs, 'langfuse');
    expect(stubs.calls).toEqual(['preflightAdoption', 'splitSecrets', 'stage', 'preflightAdoption', 'finish']);
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'names-fit' } });
    expect(report.warnings).toEqual([
      expect.stringContaining(BROUGHT_ALONG),
      expect.stringContaining('may have been made'),
    ]);
  });
});
