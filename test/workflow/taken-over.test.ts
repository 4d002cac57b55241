import { awaitAdoption } from '../../src/client/adopt.ts';
import type { Turn } from '../../src/domain/component.ts';
import type { Target } from '../../src/domain/steps.ts';
import { exampleComponent, LITELLM } from '../harness/examples.ts';
import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { FORWARD, TAKE_OVER } from './calls.ts';
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

const [A, B] = exampleComponent({ name: 'litellm' }).alternating.logins;
const unfinished = (side: Target, turn: Turn = { active: A, idle: B }): StubActivities['interrupted'][number] => ({
  ...INTERRUPTED,
  unfinished: { side, turn, secrets: ['litellm-db-secret'] },
});
/** The steps that lock nobody out until the last. */
const FINISHED = TAKE_OVER.slice(2, -2);

describe('a turn that was interrupted after it had moved the application', () => {
  const TURNING = { component: 'litellm', strategy: 'alternating' } as const;
  const turning = (...interrupted: StubActivities['interrupted']): StubActivities =>
    Object.assign(takingOver(...interrupted), { alternating: true });

  it('is finished before the next turn gives a role another password', async () => {
    const stubs = turning(unfinished('pending'));
    const report = await harness.rotate(stubs, TURNING);
    expect(stubs.calls).toEqual(['preflight', 'stage', ...FINISHED, 'watch', ...TAKE_OVER]);
    expect(report).toMatchObject({ outcome: 'rotated', tookOver: [{ rotation: 'litellm-1' }] });
    expect(report.warnings.join()).toContain('Rotation litellm-1 had moved the application');
  });

  it('is finished on its way back where it was on its way back', async () => {
    const stubs = turning(unfinished('previous'));
    await expect(harness.rotate(stubs, TURNING)).resolves.toMatchObject({ outcome: 'rotated' });
    const back = FINISHED.map((call) => call.replace('pending', 'previous'));
    expect(stubs.calls.slice(0, 2 + back.length)).toEqual([
      'preflight',
      'stage',
      // The role of before is let in already.
      ...back.filter((call) => call !== 'sync previous incoming'),
      'preflight',
    ]);
  });

  it('goes back where it cannot be finished', async () => {
    const stubs = turning(unfinished('pending')).fail('restart', { type: 'RolloutIncomplete', target: 'pending' });
    await expect(harness.rotate(stubs, TURNING)).resolves.toMatchObject({ outcome: 'rolled-back' });
    expect(stubs.calls.filter((call) => call === 'preflight')).toHaveLength(1);
    expect(stubs.calls).toContain('restart previous');
  });

  it('leaves nothing to undo when it is finished and the next look blocks', async () => {
    const stubs = turning(unfinished('pending'));
    stubs.before = (call) => {
      if (call === 'verify pending') stubs.fail('preflight', { type: 'places-are-clear' });
      return Promise.resolve();
    };
    await expect(harness.rotate(stubs, TURNING)).resolves.toMatchObject({ outcome: 'unchanged' });
    expect(stubs.calls.slice(-2)).toEqual(['preflight', 'finish']);
  });
});

describe('an adoption that was interrupted', () => {
  const { owner } = LITELLM.alternating;
  const turn = { active: { role: owner, secret: 'litellm-owner-role' }, idle: A };
  const start = async (stubs: StubActivities, undo: boolean) =>
    awaitAdoption(await harness.beginAdoption(stubs, { component: 'litellm', undo }, `adopt-${String(undo)}-litellm`));
  const interrupted = (): StubActivities => {
    const stubs = takingOver(unfinished('pending', turn));
    stubs.adoption = { interrupted: 'litellm-1' };
    return stubs;
  };

  it('is finished, and then nothing is left to do', async () => {
    const stubs = interrupted();
    stubs.adoption = { interrupted: 'litellm-1', done: true, turn: undefined };
    await expect(start(stubs, false)).resolves.toMatchObject({ outcome: 'adopted' });
    expect(stubs.calls).toEqual(['preflightAdoption', 'stage', ...FINISHED, 'watch', 'preflightAdoption', 'finish']);
    expect(stubs.outcome).toBe('rotated');
  });

  it('is finished before it is undone', async () => {
    const stubs = interrupted();
    await expect(start(stubs, true)).resolves.toMatchObject({ outcome: 'undone' });
    const around = ['preflightAdoption', 'stage', ...FINISHED, 'watch'];
    expect(stubs.calls).toEqual([...around, ...around, 'withdrawRoles', 'finish']);
  });

  it('is taken back whole where it cannot be finished', async () => {
    const stubs = interrupted().fail('restart', { type: 'RolloutIncomplete', target: 'pending' });
    await expect(start(stubs, false)).resolves.toMatchObject({ outcome: 'rolled-back' });
    expect(stubs.calls.slice(-2)).toEqual(['withdrawRoles', 'finish']);
    expect(stubs.calls).not.toContain('splitSecrets');
  });

  it('keeps the login roles where the turn was not the owner’s', async () => {
    const stubs = takingOver(unfinished('pending'));
    stubs.adoption = { interrupted: 'litellm-1' };
    stubs.fail('restart', { type: 'RolloutIncomplete', target: 'pending' });
    await expect(start(stubs, false)).resolves.toMatchObject({ outcome: 'rolled-back' });
    expect(stubs.calls).not.toContain('withdrawRoles');
  });
});

describe('a workflow that was reset', () => {
  it.each(['verify', 'restart'] as const)('begins anew in %s', async (step) => {
    const stubs = new StubActivities().fail(step, { type: 'WasReset', times: 1 });
    await expect(harness.rotate(stubs)).resolves.toMatchObject({ outcome: 'rotated' });
    const begun = stubs.calls.slice(0, stubs.calls.indexOf(`${step} pending`) + 1);
    expect(stubs.calls).toEqual([...begun, ...FORWARD]);
  });

  it('begins anew on its way back', async () => {
    const stubs = new StubActivities().fail('verify', { type: 'NewPasswordRefused', target: 'pending', times: 1 });
    stubs.before = (call) => {
      if (call === 'publish previous') stubs.fail('restart', { type: 'WasReset', times: 1 });
      return Promise.resolve();
    };
    await expect(harness.rotate(stubs)).resolves.toMatchObject({ outcome: 'rotated' });
    expect(stubs.calls.slice(-FORWARD.length)).toEqual(FORWARD);
  });

  it('begins its adoption anew', async () => {
    const stubs = new StubActivities().fail('drain', { type: 'WasReset', times: 1 });
    const handle = await harness.beginAdoption(stubs, { component: 'litellm' }, 'adopt-reset-litellm');
    await expect(awaitAdoption(handle)).resolves.toMatchObject({ outcome: 'adopted' });
    expect(stubs.calls.filter((call) => call === 'preflightAdoption')).toHaveLength(2);
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
