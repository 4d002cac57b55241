import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { awaitAdoption } from '../../src/client/adopt.ts';
import type { AdoptionReport } from '../../src/domain/adopt/index.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { createTimeSkippingEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { HAND_BACK, TAKE_OVER } from './calls.ts';
import { StubActivities } from './stub-activities.ts';

const TAKEN: Finding = {
  rule: 'login-roles-are-free',
  severity: 'blocking',
  message: 'There is a role "litellm_a" already.',
  mend: 'Choose another name.',
};

/** A rotation's turn, without what an adoption does otherwise. */
const TURN = TAKE_OVER.slice(2, -1);
const TURN_BACK = HAND_BACK.slice(0, -1);

const harness = useWorkflowHarness(createTimeSkippingEnvironment);

const begin = (stubs: StubActivities, input: object) =>
  harness.beginAdoption(stubs, { component: 'litellm', ...input }, `adopt-${randomUUID()}`);

async function adopt(stubs: StubActivities, input: object = {}): Promise<AdoptionReport> {
  return awaitAdoption(await begin(stubs, input));
}

const stubs = (change: Partial<StubActivities> = {}): StubActivities => Object.assign(new StubActivities(), change);

describe('adoptAlternating', () => {
  it('declares the roles while the owner goes on, then hands over to the first login role', async () => {
    const activities = stubs();
    await expect(adopt(activities)).resolves.toMatchObject({
      outcome: 'adopted',
      direction: 'adopt',
      names: { owner: 'litellm', ownerSecret: 'litellm-owner-role' },
      turn: { active: { role: 'litellm' }, idle: { role: 'litellm_a' } },
      patch: '--- a/litellm-postgresql.yaml',
    });
    expect(activities.calls).toEqual(['preflightAdoption', 'splitSecrets', 'stage', 'declareRoles', ...TURN, 'finish']);
  });

  it('goes back the other way round: the roles are taken away behind the turn', async () => {
    const activities = stubs();
    await expect(adopt(activities, { undo: true })).resolves.toMatchObject({ outcome: 'undone', direction: 'undo' });
    expect(activities.calls).toEqual(['preflightAdoption', 'stage', ...TURN, 'withdrawRoles', 'finish']);
  });

  it('only looks with dryRun, whatever it finds', async () => {
    const activities = stubs({ adoption: { findings: [TAKEN] } });
    await expect(adopt(activities, { dryRun: true })).resolves.toMatchObject({
      outcome: 'planned',
      findings: [TAKEN],
      plan: ['Make the roles.'],
    });
    expect(activities.calls).toEqual(['preflightAdoption']);
  });

  it('changes nothing when something is in the way', async () => {
    const activities = stubs({ adoption: { findings: [TAKEN] } });
    await expect(adopt(activities)).resolves.toMatchObject({
      outcome: 'unchanged',
      cause: { type: 'login-roles-are-free', message: 'There is a role "litellm_a" already. Choose another name.' },
    });
    expect(activities.calls).toEqual(['preflightAdoption']);
  });

  it('changes nothing when nothing is to be done', async () => {
    const activities = stubs({ adoption: { done: true } });
    await expect(adopt(activities)).resolves.toMatchObject({ outcome: 'adopted' });
    expect(activities.calls).toEqual(['preflightAdoption']);
  });

  it('refuses an input that it does not know, naming the field', async () => {
    const error = await adopt(stubs(), { ownersecret: 'x' }).catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(WorkflowFailedError);
    expect(error).toMatchObject({ type: 'InvalidInput', message: expect.stringContaining('ownersecret') as string });
  });
});

describe('an adoption that fails', () => {
  it('while another one has the lock leaves the roles to that one', async () => {
    const activities = stubs().fail('stage', { type: 'AnotherRotation' });
    const report = await adopt(activities);
    expect(report).toMatchObject({ outcome: 'unchanged', cause: { type: 'AnotherRotation' } });
    expect(report.warnings.join()).toContain('litellm-owner-role');
    expect(activities.calls).not.toContain('withdrawRoles');
  });

  it('before the turn takes the roles away', async () => {
    const activities = stubs().fail('declareRoles', { type: 'RoleNotMade' });
    await expect(adopt(activities)).resolves.toMatchObject({ outcome: 'rolled-back', cause: { type: 'RoleNotMade' } });
    expect(activities.calls.slice(4)).toEqual(['withdrawRoles', 'finish']);
  });

  it('in the turn brings the application back to the owner, then takes the roles away', async () => {
    const activities = stubs().fail('restart', { type: 'RolloutIncomplete', target: 'pending' });
    await expect(adopt(activities)).resolves.toMatchObject({
      outcome: 'rolled-back',
      cause: { type: 'RolloutIncomplete' },
    });
    expect(activities.calls.slice(8)).toEqual([...TURN_BACK, 'withdrawRoles', 'finish']);
    expect(activities.outcome).toBe('rolled-back');
  });

  it('on the way back too keeps both credentials, and says so', async () => {
    const activities = stubs().fail('restart', { type: 'WorkloadDeleted' });
    await expect(adopt(activities)).resolves.toMatchObject({
      outcome: 'needs-attention',
      advice: expect.stringContaining('kubectl -n ai-system') as string,
    });
    expect(activities.outcome).toBe('needs-attention');
    expect(activities.calls).not.toContain('withdrawRoles');
  });

  it('in taking the roles away says how to go on', async () => {
    const activities = stubs()
      .fail('declareRoles', { type: 'RoleNotMade' })
      .fail('withdrawRoles', { type: 'KubernetesForbidden' });
    await expect(adopt(activities)).resolves.toMatchObject({
      outcome: 'needs-attention',
      cause: { type: 'RoleNotMade', message: expect.stringContaining('Going back failed too') as string },
      advice: expect.stringContaining('cnpg-rotate adopt litellm --undo') as string,
    });
  });

  it('behind the turn of an undoing does not move the application again', async () => {
    const activities = stubs().fail('withdrawRoles', { type: 'RoleNotMade' });
    await expect(adopt(activities, { undo: true })).resolves.toMatchObject({
      outcome: 'needs-attention',
      advice: expect.stringContaining('--undo') as string,
    });
    expect(activities.calls.slice(-2)).toEqual(['withdrawRoles', 'finish']);
  });

  it('in the turn of an undoing brings the login role back, and leaves the roles', async () => {
    const activities = stubs().fail('verify', { type: 'NewPasswordRefused', target: 'pending' });
    await expect(adopt(activities, { undo: true })).resolves.toMatchObject({ outcome: 'rolled-back' });
    expect(activities.calls).not.toContain('withdrawRoles');
  });
});
