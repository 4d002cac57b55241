import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { GITOPS } from '../harness/examples.ts';
import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { HAND_BACK, TAKE_OVER } from './calls.ts';
import { StubActivities } from './stub-activities.ts';

const harness = useWorkflowHarness(createTimeSkippingEnvironment);

const alternating = (more: Partial<StubActivities> = {}): StubActivities =>
  Object.assign(new StubActivities(), { alternating: true, ...more });

const steps = (report: RotationReport): string[] =>
  report.steps.map(({ step, role = '', target }) =>
    [step, role, target === 'previous' ? 'back' : ''].filter((word) => word !== '').join(' '),
  );

describe('a rotation with alternating roles that goes well', () => {
  it('lets one role in before the application changes, and locks the other out when nobody uses it', async () => {
    const stubs = alternating();
    const report = await harness.rotate(stubs, { component: 'litellm', strategy: 'alternating' });
    expect(stubs.calls).toEqual(TAKE_OVER);
    expect(report).toMatchObject({
      outcome: 'rotated',
      strategy: 'alternating',
      turn: { active: { role: 'litellm_a' }, idle: { role: 'litellm_b' } },
    });
    expect(steps(report).slice(2, -1)).toEqual([
      'prepare litellm_b',
      'sync litellm_b',
      'publish',
      'restart',
      'drain',
      'retire litellm_a',
      'sync litellm_a',
      'verify',
      'watch',
    ]);
  });

  it('runs the emergency ALTER USER for either role when CNPG misses its budget', async () => {
    const report = await harness.rotate(alternating({ cnpgSyncs: false }));
    expect(report.outcome).toBe('rotated');
    expect(steps(report).filter((step) => step.startsWith('emergency'))).toEqual([
      'emergency litellm_b',
      'emergency litellm_a',
    ]);
  });

  it('gives what a login role owns to the owner, when both roles can log in and before the application moves', async () => {
    const stubs = alternating({ reassigns: true });
    const report = await harness.rotate(stubs);
    expect(stubs.calls).toEqual(
      TAKE_OVER.flatMap((call) => (call === 'publish pending' ? ['reassign pending', call] : [call])),
    );
    expect(report.steps.find(({ step }) => step === 'reassign')?.detail).toBe('"litellm" got table public.orders');
  });

  it('leaves the application alone when a login role cannot give its objects back', async () => {
    const stubs = alternating({ reassigns: true, written: false }).fail('reassign', { type: 'ObjectsKept' });
    await expect(harness.rotate(stubs)).resolves.toMatchObject({
      outcome: 'unchanged',
      cause: { type: 'ObjectsKept' },
    });
    expect(stubs.calls).not.toContain('publish pending');
  });

  it('tells of sessions that outlive their password, and goes on', async () => {
    const report = await harness.rotate(alternating({ stragglers: 2 }));
    expect(report.outcome).toBe('rotated');
    expect(report.warnings).toEqual([expect.stringContaining('2 sessions of role "litellm_a" live on')]);
  });

  it('tells of old pods that end more slowly than the budget allows, and goes on', async () => {
    const report = await harness.rotate(alternating({ endingPods: ['litellm-old'] }));
    expect(report.outcome).toBe('rotated');
    expect(report.warnings).toEqual([expect.stringContaining('the old pods litellm-old were still ending')]);
  });

  it('makes at most 81 history events', async () => {
    const handle = await harness.begin(alternating());
    await handle.result();
    expect((await handle.fetchHistory()).events?.length).toBeLessThanOrEqual(81);
  });
});

describe('a rotation with alternating roles through Git', () => {
  const throughGit = (calls: readonly string[], which: RegExp): string[] =>
    calls.map((call) => (which.test(call) ? call.replace('publish', 'publishThroughGit') : call));

  it('commits the application’s Secrets, and changes those of the login roles in the cluster', async () => {
    const stubs = alternating({ gitops: GITOPS });
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({ outcome: 'rotated', source: 'gitops' });
    expect(stubs.calls).toEqual(throughGit(TAKE_OVER, /^publish pending$/));
  });

  it('commits each of them where Flux applies them too, with the time that this takes', async () => {
    const stubs = alternating({ gitops: GITOPS, roleSecretsInGit: ['litellm-a-role', 'litellm-b-role'] });
    const report = await harness.rotate(stubs);
    expect(stubs.calls).toEqual(throughGit(TAKE_OVER, /^publish/));
    const budgets = report.steps.filter(({ step }) => ['prepare', 'publish', 'retire'].includes(step));
    expect(budgets.map(({ budgetSeconds }) => budgetSeconds)).toEqual([120, 120, 120]);
  });

  it('takes back in Git the login that was let in for nothing', async () => {
    const stubs = alternating({
      gitops: GITOPS,
      roleSecretsInGit: ['litellm-a-role', 'litellm-b-role'],
      written: false,
    });
    stubs.fail('sync', { type: 'SecretChanged', target: 'pending', part: 'incoming' });
    const report = await harness.rotate(stubs);
    expect(report.outcome).toBe('unchanged');
    expect(stubs.calls.slice(-4)).toEqual([
      'publishThroughGit previous incoming',
      'publishThroughGit previous',
      'publishThroughGit previous outgoing',
      'finish',
    ]);
  });

  it('and cannot go back says that the repository comes first', async () => {
    const report = await harness.rotate(alternating({ gitops: GITOPS }).fail('restart', { type: 'WorkloadDeleted' }));
    expect(report.outcome).toBe('needs-attention');
    expect(report.advice).toContain(`git log --grep 'Rotation-Id: ${report.rotation}'`);
  });
});

describe('a rotation with alternating roles that fails', () => {
  it.each([
    ['letting the idle role in', 'publish', TAKE_OVER.slice(0, 3)],
    ['its proof', 'sync', TAKE_OVER.slice(0, 4)],
  ] as const)('at %s has changed nothing of the application, and says what is left', async (_, name, forward) => {
    const stubs = alternating({ written: false }).fail(name, {
      type: 'SecretChanged',
      part: 'incoming',
      target: 'pending',
    });
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'SecretChanged' } });
    expect(stubs.calls).toEqual([...forward, 'diagnose', 'publish previous incoming', 'publish previous', 'finish']);
    expect(report.warnings).toEqual([expect.stringContaining('Role "litellm_b" may have a new password')]);
  });

  it.each([
    ['restart', { part: 'application' }, 6],
    ['drain', { part: 'application' }, 7],
    ['publish', { part: 'outgoing' }, 8],
  ] as const)('at %s hands back to the role that can still log in', async (name, which, count) => {
    const stubs = alternating().fail(name, { type: 'RolloutIncomplete', target: 'pending', ...which });
    const report = await harness.rotate(stubs);
    expect(report.outcome).toBe('rolled-back');
    expect(stubs.calls).toEqual([...TAKE_OVER.slice(0, count), 'diagnose', ...HAND_BACK]);
  });

  it('after the other role was locked out lets that one in again, before the application goes back', async () => {
    const stubs = alternating({ retired: true }).fail('verify', { type: 'OldPasswordAccepted', target: 'pending' });
    const report = await harness.rotate(stubs);
    expect(report.outcome).toBe('rolled-back');
    expect(
      steps(report)
        .filter((step) => step.endsWith('back'))
        .slice(0, 3),
    ).toEqual(['prepare litellm_a back', 'sync litellm_a back', 'publish back']);
  });

  it('and cannot go back asks for attention, with the commands for all of its Secrets', async () => {
    const stubs = alternating().fail('restart', { type: 'WorkloadDeleted' });
    const report = await harness.rotate(stubs);
    expect(report.outcome).toBe('needs-attention');
    for (const name of ['litellm-db-secret', 'litellm-b-role', 'litellm-a-role'])
      expect(report.advice).toContain(`patch secret ${name} `);
  });
});
