import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { FORWARD } from './calls.ts';
import { useWorkflowHarness } from './harness.ts';
import { StubActivities } from './stub-activities.ts';

const harness = useWorkflowHarness(createTimeSkippingEnvironment);

const [PREFLIGHT = '', STAGE = '', ...REST] = FORWARD;
const ASKED = [PREFLIGHT, STAGE, 'generate pending'];

function generated(): StubActivities {
  const stubs = new StubActivities();
  stubs.generatedBy = 'litellm-role';
  return stubs;
}

describe('a rotation of a password that CNPG generates', () => {
  it('asks CNPG, and then does what CNPG does not', async () => {
    const stubs = generated();
    const report = await harness.rotate(stubs);
    expect(stubs.calls).toEqual([...ASKED, ...REST]);
    expect(report).toMatchObject({ outcome: 'rotated' });
    expect(report.steps[1]).toMatchObject({ step: 'stage', detail: expect.stringMatching(/^the previous/) as string });
    expect(report.steps[2]).toMatchObject({
      step: 'generate',
      budgetSeconds: 30,
      detail: 'CNPG generated a password for DatabaseRole litellm-role into litellm-db-secret (version 11)',
    });
  });

  it('changes nothing where CNPG does not answer: the request is taken back', async () => {
    const stubs = generated().fail('generate', { target: 'pending', type: 'PasswordNotGenerated' });
    const report = await harness.rotate(stubs);
    expect(stubs.calls).toEqual([...ASKED, 'diagnose', 'generate previous', 'finish']);
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'PasswordNotGenerated' } });
  });

  it('goes on to the new password where a step after it failed', async () => {
    const stubs = generated().fail('restart', { target: 'pending', type: 'RolloutIncomplete', times: 1 });
    stubs.generatedMeanwhile = true;
    const report = await harness.rotate(stubs);
    const again = ['publish pending', 'sync pending', 'restart pending', 'verify pending', 'watch', 'finish'];
    expect(stubs.calls.slice(-7)).toEqual(['generate previous', ...again]);
    expect(report).toMatchObject({ outcome: 'rotated' });
    expect(report.warnings.join()).toContain('had no way back from the password that CNPG had generated');
  });

  it('goes on after an abortion too', async () => {
    const stubs = generated().fail('sync', { target: 'pending', type: 'Aborted', times: 1 });
    stubs.generatedMeanwhile = true;
    await expect(harness.rotate(stubs)).resolves.toMatchObject({ outcome: 'rotated' });
  });

  it('ends as needing attention, with commands, where the new password cannot be brought everywhere', async () => {
    const stubs = generated().fail('publish', { type: 'SecretChanged' });
    stubs.generatedMeanwhile = true;
    const report = await harness.rotate(stubs);
    expect(report.outcome).toBe('needs-attention');
    expect(report.advice).toContain('describe databaserole litellm-role');
    expect(report.advice).toContain('cnpg-rotate rotate litellm');
    expect(report.advice).not.toContain('before.');
  });
});
