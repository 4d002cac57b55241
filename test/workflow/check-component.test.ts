import { WorkflowFailedError } from '@temporalio/client';
import type { Finding } from '../../src/domain/finding.ts';
import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { BACK } from './calls.ts';
import { StubActivities } from './stub-activities.ts';

const FENCED: Finding = {
  rule: 'primary-is-not-fenced',
  severity: 'blocking',
  message: 'Cluster ai-system/litellm-postgresql has its primary fenced.',
  mend: 'kubectl cnpg fencing off',
};
const NO_BACKUP: Finding = { ...FENCED, rule: 'backup-is-recent', severity: 'warning' };

const harness = useWorkflowHarness(createTimeSkippingEnvironment);

const finding = (...findings: Finding[]): StubActivities => {
  const stubs = new StubActivities();
  stubs.findings = findings;
  return stubs;
};

describe('checkComponent', () => {
  it('tells what it finds, and does not fail because of it', async () => {
    const stubs = finding(FENCED, NO_BACKUP);
    await expect(harness.check('checkComponent', stubs, { component: 'litellm' })).resolves.toMatchObject({
      component: 'litellm',
      where: { cluster: 'litellm-postgresql' },
      findings: [FENCED, NO_BACKUP],
      checkedAt: '2026-11-24T08:00:00.000Z',
    });
    expect(stubs.calls).toEqual(['diagnose']);
  });

  it.each([
    ['no component', {}, 'component'],
    ['an unknown field', { component: 'litellm', compnent: 'x' }, 'compnent'],
  ])('refuses %s as its input, naming what is wrong', async (_, input, named) => {
    const failure = await harness.check('checkComponent', finding(), input).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect((failure as WorkflowFailedError).cause).toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining(named) as string,
    });
  });
});

describe('checkCatalogue', () => {
  it('looks at the whole catalogue when no component is named', async () => {
    const stubs = finding();
    stubs.catalogue = Array.from({ length: 20 }, (_, index) => `component-${index}`);
    await expect(harness.check('checkCatalogue', stubs, {})).resolves.toMatchObject({
      components: stubs.catalogue.map((component) => ({ component, findings: [] })),
    });
  });

  it('says which component could not be looked at, and looks at the others', async () => {
    const stubs = finding().fail('diagnose', { type: 'ComponentUnknown', times: 1 });
    const { components } = await harness.check<{ components: object[] }>('checkCatalogue', stubs, {
      components: ['litellm', 'langfuse'],
    });
    expect(components.filter((one) => 'failure' in one)).toMatchObject([{ failure: { type: 'ComponentUnknown' } }]);
    expect(components.filter((one) => 'findings' in one)).toHaveLength(1);
  });
});

describe('after a rotation that failed', () => {
  const failing = (stubs: StubActivities): StubActivities =>
    stubs.fail('verify', { type: 'NewPasswordRefused', target: 'pending' });

  it('the same diagnosis runs before going back, and what it finds stands first', async () => {
    const stubs = failing(finding(FENCED, NO_BACKUP));
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({
      outcome: 'rolled-back',
      cause: {
        type: 'NewPasswordRefused',
        message: `${FENCED.message} ${FENCED.mend} verify failed as the test asked`,
      },
      diagnosis: [FENCED, NO_BACKUP],
    });
    expect(stubs.calls.slice(-BACK.length - 1)).toEqual(['diagnose', ...BACK]);
  });

  it('a best practice that is missing is no cause', async () => {
    const report = await harness.rotate(failing(finding(NO_BACKUP)));
    expect(report).toMatchObject({ cause: { message: 'verify failed as the test asked' }, diagnosis: [NO_BACKUP] });
  });

  it.each([true, false])(
    'a diagnosis that fails itself keeps nothing from going back (retryable: %s)',
    async (retryable) => {
      const stubs = failing(finding(FENCED)).fail('diagnose', { type: 'KubernetesUnavailable', retryable });
      const report = await harness.rotate(stubs);
      expect(report).toMatchObject({ outcome: 'rolled-back', cause: { message: 'verify failed as the test asked' } });
    },
  );

  it('nothing is diagnosed where nothing was changed', async () => {
    const stubs = finding(FENCED).fail('stage', { type: 'AnotherRotation' });
    const report = await harness.rotate(stubs);
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { message: 'stage failed as the test asked' } });
    expect(stubs.calls).not.toContain('diagnose');
  });
});
