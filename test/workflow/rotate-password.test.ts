import { Refusal } from '../../src/domain/finding.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { GITOPS } from '../harness/examples.ts';
import { useWorkflowHarness } from './harness.ts';
import { BACK, FORWARD } from './calls.ts';
import type { ActivityName } from './budgets.ts';
import { StubActivities } from './stub-activities.ts';

const harness = useWorkflowHarness(createTimeSkippingEnvironment);

const steps = (report: RotationReport): string[] =>
  report.steps.map(({ step, target }) => (target === 'pending' ? step : `${step} back`));

describe('a rotation that goes well', () => {
  it('takes the steps of the runbook in order and reports each with its budget', async () => {
    const stubs = new StubActivities();
    const report = await harness.rotate(stubs, { component: 'litellm', reason: 'quarterly' });
    expect(stubs.calls).toEqual(FORWARD);
    expect(report).toMatchObject({ outcome: 'rotated', component: 'litellm', reason: 'quarterly', budgetSeconds: 180 });
    expect(report.steps.map(({ step, budgetSeconds }) => `${step} ${budgetSeconds}`)).toEqual([
      'preflight 15',
      'stage 10',
      'publish 30',
      'sync 60',
      'restart 120',
      'verify 15',
      'watch 15',
      'finish 10',
    ]);
    expect(report.steps.every(({ outcome }) => outcome === 'done')).toBe(true);
    expect(stubs.outcome).toBe('rotated');
  });

  it('publishes through Git, within a budget of its own, where Git has the password', async () => {
    const stubs = new StubActivities();
    stubs.gitops = GITOPS;
    const report = await harness.rotate(stubs);
    expect(stubs.calls).toEqual(FORWARD.map((call) => call.replace('publish', 'publishThroughGit')));
    expect(report).toMatchObject({ outcome: 'rotated', source: 'gitops' });
    expect(report.steps[2]).toMatchObject({
      step: 'publish',
      budgetSeconds: 120,
      detail: 'commit 0123456789; litellm-db-secret: password, uri (version 11)',
    });
  });

  it('gives Flux longer where it may hold on to an earlier revision, forward and back', async () => {
    const stubs = new StubActivities().fail('restart', { target: 'pending', type: 'RolloutIncomplete' });
    stubs.gitops = GITOPS;
    stubs.gitPublishSeconds = 360;
    const report = await harness.rotate(stubs);
    const publish = report.steps.filter(({ step }) => step === 'publish');
    expect(publish.map(({ target, budgetSeconds }) => [target, budgetSeconds])).toEqual([
      ['pending', 360],
      ['previous', 360],
    ]);
  });

  it('goes back through Git too', async () => {
    const stubs = new StubActivities().fail('restart', { target: 'pending', type: 'RolloutIncomplete' });
    stubs.gitops = GITOPS;
    await expect(harness.rotate(stubs)).resolves.toMatchObject({ outcome: 'rolled-back' });
    expect(stubs.calls).toContain('publishThroughGit previous');
    expect(stubs.calls).not.toContain('publish previous');
  });

  it('runs the emergency ALTER USER before the restart when CNPG misses its budget', async () => {
    const stubs = new StubActivities();
    stubs.cnpgSyncs = false;
    const report = await harness.rotate(stubs);
    expect(report.outcome).toBe('rotated');
    expect(steps(report)).toEqual([
      'preflight',
      'stage',
      'publish',
      'sync',
      'emergency',
      'restart',
      'verify',
      'watch',
      'finish',
    ]);
    expect(report.steps[3]?.detail).toBe('not within the budget: CNPG applied version 9, not yet 11');
  });

  it.each([
    [
      'what it means',
      [],
      ['set the password of role "litellm" without CNPG, because CNPG did not apply it within the budget.'],
    ],
    [
      'and louder, when CNPG cannot reconcile the role',
      ['could not perform CREATE_MEMBERSHIP'],
      ['without CNPG, because', 'CNPG will not settle: it cannot reconcile role "litellm" (could not perform'],
    ],
  ])('warns after an emergency: %s', async (_, complaints, warnings) => {
    const report = await harness.rotate(Object.assign(new StubActivities(), { cnpgSyncs: false, complaints }));
    expect(report.outcome).toBe('rotated');
    expect(report.warnings).toEqual(warnings.map((text) => expect.stringContaining(text) as string));
  });

  it('does not run the emergency ALTER USER when CNPG is in time', async () => {
    const stubs = new StubActivities();
    await harness.rotate(stubs);
    expect(stubs.calls).not.toContain('emergencyAlterUser pending');
  });

  it('stays rotated when only the cleaning up fails, and says so', async () => {
    const report = await harness.rotate(new StubActivities().fail('finish', { type: 'KubernetesForbidden' }));
    expect(report.outcome).toBe('rotated');
    expect(report.warnings).toEqual(['The staging Secret could not be cleaned up: finish failed as the test asked']);
  });

  it('reports what the role could do before and after, and warns when that is not the same', async () => {
    const stubs = new StubActivities();
    stubs.attributes = [[], ['Create DB']];
    const report = await harness.rotate(stubs);
    expect(report.roleAttributes).toMatchObject({ before: { attributes: [] }, after: { attributes: ['Create DB'] } });
    expect(report.warnings).toEqual([expect.stringContaining('Role "litellm" has the attributes Create DB now')]);
  });

  it.each<ActivityName>(['preflight', 'stage', 'publish', 'sync', 'restart', 'verify', 'finish'])(
    'tries %s again after a failure of the moment',
    async (name) => {
      const stubs = new StubActivities().fail(name, { type: 'KubernetesUnavailable', retryable: true, times: 3 });
      const report = await harness.rotate(stubs);
      expect(report.outcome).toBe('rotated');
      expect(stubs.calls.filter((call) => call.startsWith(name))).toHaveLength(4);
    },
  );
});

describe('a rotation that fails before the Secret is written', () => {
  it.each<ActivityName>(['preflight', 'stage'])('changes nothing when %s fails', async (name) => {
    const stubs = new StubActivities().fail(name, { type: 'secret-exists' });
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({
      outcome: 'unchanged',
      cause: { type: 'secret-exists', message: `${name} failed as the test asked` },
    });
    expect(stubs.calls.some((call) => call.startsWith('publish'))).toBe(false);
  });

  it('is told each finding that refused it, and its step names their rules', async () => {
    const findings = [
      { rule: 'secret-exists', severity: 'blocking', message: 'There is no Secret.', mend: 'Make it.' },
      { rule: 'role-is-managed', severity: 'blocking', message: 'Nobody manages the role.', mend: 'Declare it.' },
    ] as const;
    const stubs = new StubActivities();
    stubs.before = (call) => (call === 'preflight' ? Promise.reject(new Refusal(findings)) : Promise.resolve());
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({
      outcome: 'unchanged',
      cause: {
        type: 'secret-exists',
        message: 'There is no Secret. Make it. Nobody manages the role. Declare it.',
      },
      diagnosis: findings,
      steps: [{ step: 'preflight', outcome: 'failed', detail: 'secret-exists, role-is-managed' }],
    });
  });

  it('gives up when the cluster stays unreachable beyond the budget and the outage allowance', async () => {
    const report = await harness.rotate(
      new StubActivities().fail('preflight', { type: 'KubernetesUnavailable', retryable: true }),
    );
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'KubernetesUnavailable' } });
  });

  it.each([
    ['nothing', undefined, 'expected object'],
    ['a string', 'litellm', 'expected object'],
    ['no component', {}, 'component'],
    ['an empty component', { component: '' }, 'component'],
    ['a component that is no text', { component: 7 }, 'component'],
    ['an unknown field', { component: 'litellm', compnent: 'x' }, 'compnent'],
  ])('refuses %s as its input, naming what is wrong', async (_, input, named) => {
    const stubs = new StubActivities();
    await expect(harness.rotate(stubs, input === undefined ? null : input)).rejects.toThrow(named);
    expect(stubs.calls).toEqual([]);
  });
});

describe('a rotation that fails after the Secret was written', () => {
  it.each<ActivityName>(['publish', 'sync', 'restart', 'verify'])(
    'goes back to the previous password by the same steps when %s fails',
    async (name) => {
      const stubs = new StubActivities().fail(name, { type: 'SecretChanged', target: 'pending' });
      const report = await harness.rotate(stubs);
      expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'SecretChanged' } });
      expect(stubs.calls.slice(-BACK.length)).toEqual(BACK);
      expect(stubs.outcome).toBe('rolled-back');
    },
  );

  it('restarts nothing on the way back when the Secret was never written', async () => {
    const stubs = new StubActivities().fail('publish', { type: 'SecretChanged', target: 'pending' });
    stubs.written = false;
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'SecretChanged' } });
    expect(stubs.calls).toEqual(['preflight', 'stage', 'publish pending', 'diagnose', 'publish previous', 'finish']);
  });

  it('goes back when the emergency ALTER USER fails, and uses it on the way back too', async () => {
    const stubs = new StubActivities().fail('emergencyAlterUser', { type: 'EmergencyFailed', target: 'pending' });
    stubs.cnpgSyncs = false;
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'EmergencyFailed' } });
    expect(stubs.calls).toContain('emergencyAlterUser previous');
  });

  it('goes back when a step stays unreachable beyond its limit', async () => {
    const stubs = new StubActivities().fail('verify', {
      type: 'DatabaseUnreachable',
      target: 'pending',
      retryable: true,
    });
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({ outcome: 'rolled-back', cause: { type: 'DatabaseUnreachable' } });
  });

  it.each<ActivityName>(['publish', 'sync', 'restart', 'verify'])(
    'asks for attention, with commands, when going back fails at %s',
    async (name) => {
      const stubs = new StubActivities()
        .fail('verify', { type: 'NewPasswordRefused' })
        .fail(name, { type: 'SecretChanged' });
      const report = await harness.rotate(stubs);
      expect(report.outcome).toBe('needs-attention');
      expect(report.cause?.message).toContain('Going back failed too');
      expect(report.advice).toContain('kubectl -n ai-system get secret litellm-db-secret-rotation');
      expect(stubs.outcome).toBe('needs-attention');
    },
  );
});

describe('the advice of a rotation that needs attention', () => {
  const advise = async (change: Partial<StubActivities>, failing: ActivityName = 'verify'): Promise<RotationReport> => {
    const stubs = Object.assign(new StubActivities(), change).fail('verify', { type: 'NewPasswordRefused' });
    return harness.rotate(stubs.fail(failing, { type: 'SecretChanged' }));
  };

  it.each([
    ['gone', 'is gone: the rotation has nothing to go back to', 'the staging Secret is gone'],
    ['of another rotation', 'belongs to another rotation now', 'the staging Secret belongs to another rotation'],
  ] as const)('speaks of a staging Secret that is %s as it was found', async (staging, text, detail) => {
    const { advice, steps: done } = await advise({ staging });
    expect(advice).toContain(text);
    expect(advice).toContain('cnpg-rotate check litellm');
    expect(advice).not.toContain('get secret litellm-db-secret-rotation');
    expect(done.at(-1)?.detail).toBe(detail);
  });

  it('claims nothing of a staging Secret that could not be looked at', async () => {
    const { advice, warnings } = await advise({}, 'finish');
    expect(advice).toContain('could not be looked at. While it is there, it keeps both credentials');
    expect(warnings).toEqual([expect.stringContaining('could not be told')]);
    // A day of attempts takes more than 20 s on two cores.
  }, 120_000);
});

describe('while a rotation runs', () => {
  it('answers the query "progress" with the report so far', async () => {
    const stubs = new StubActivities();
    const handle = await harness.begin(stubs);
    let seen: RotationReport | undefined;
    stubs.before = async (call) => {
      if (call === 'restart pending') seen = await handle.query<RotationReport>('progress');
    };
    await awaitReport(handle);
    expect(seen).toMatchObject({ outcome: 'running', where: { cluster: 'litellm-postgresql' } });
    expect(seen?.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'preflight done',
      'stage done',
      'publish done',
      'sync done',
      'restart running',
    ]);
  });

  it('makes at most 60 history events', async () => {
    const handle = await harness.begin(new StubActivities());
    await awaitReport(handle);
    const history = await handle.fetchHistory();
    expect(history.events?.length).toBeLessThanOrEqual(60);
  });
});

describe('a rotation that nobody approves', () => {
  it('changes nothing, removes its staging Secret and does not count the waiting as its own time', async () => {
    const stubs = new StubActivities();
    const report = await harness.rotate(stubs, {
      component: 'litellm',
      requireApproval: true,
      approvalTimeoutSeconds: 3_600,
    });
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'ApprovalTimedOut' } });
    expect(report.steps[2]).toMatchObject({ step: 'approve', outcome: 'failed', budgetSeconds: 3_600 });
    expect(report.steps[2]?.seconds).toBeGreaterThanOrEqual(3_600);
    expect(report.seconds).toBeLessThan(60);
    expect(stubs.calls).toEqual(['preflight', 'stage', 'finish']);
  });

  it.each([
    ['no time at all', 0],
    ['more than seven days', 604_801],
    ['half a second', 0.5],
  ])('is refused when it is to wait for %s', async (_, approvalTimeoutSeconds) => {
    await expect(
      harness.rotate(new StubActivities(), { component: 'litellm', requireApproval: true, approvalTimeoutSeconds }),
    ).rejects.toThrow('approvalTimeoutSeconds');
  });
});
