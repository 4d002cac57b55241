import { randomUUID } from 'node:crypto';
import { awaitAdoption } from '../../src/client/adopt.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import type { AdoptionReport } from '../../src/domain/adopt/index.ts';
import { LITELLM } from '../harness/examples.ts';
import { createLocalEnvironment } from '../harness/temporal-environment.ts';
import { FORWARD } from './calls.ts';
import { useWorkflowHarness } from './harness.ts';
import { StubActivities } from './stub-activities.ts';

const HOOK = { label: 'webhook https://backups.example.org', seconds: 90 };

const harness = useWorkflowHarness(createLocalEnvironment);

const withHook = (): StubActivities =>
  Object.assign(new StubActivities(), {
    hook: HOOK,
    adoption: { component: { ...LITELLM, strategy: 'alternating', hook: HOOK } },
  });
const refusing = (): StubActivities => withHook().fail('hook', { type: 'HookRefused' });

async function adopt(stubs: StubActivities, input: object = {}): Promise<AdoptionReport> {
  return awaitAdoption(await harness.beginAdoption(stubs, { component: 'litellm', ...input }, `adopt-${randomUUID()}`));
}

describe('the hook before the first write', () => {
  it('is asked when preflight has found nothing that blocks, and before the lock', async () => {
    const stubs = withHook();
    const report = await harness.rotate(stubs);
    const [preflight, ...rest] = FORWARD;
    expect(stubs.calls).toEqual([preflight, 'hook', ...rest]);
    expect(report).toMatchObject({ outcome: 'rotated', where: { hook: HOOK } });
    expect(report.steps[1]).toMatchObject({
      step: 'hook',
      outcome: 'done',
      budgetSeconds: 90,
      detail: 'the webhook https://backups.example.org allowed it',
    });
  });

  it.each(['HookRefused', 'HookUnanswered'] as const)(
    'ends a rotation with %s before anything is begun',
    async (type) => {
      const stubs = withHook().fail('hook', { type });
      const report = await harness.rotate(stubs);
      expect(report).toMatchObject({ outcome: 'unchanged', cause: { type, message: 'hook failed as the test asked' } });
      expect(stubs.calls).toEqual(['preflight', 'hook']);
    },
  );

  it('is asked once more when somebody has approved, because its first answer may be a day old', async () => {
    const stubs = withHook();
    const handle = await harness.begin(stubs, { component: 'litellm', requireApproval: true });
    while ((await handle.query<{ steps: { step: string }[] }>('progress')).steps.at(-1)?.step !== 'approve')
      await new Promise((resolve) => setTimeout(resolve, 20));
    stubs.fail('hook', { type: 'HookRefused' });
    await handle.executeUpdate<string, [unknown]>('approve', { args: [undefined] });
    await expect(awaitReport(handle)).resolves.toMatchObject({
      outcome: 'unchanged',
      cause: { type: 'HookRefused' },
    });
    expect(stubs.calls).toEqual(['preflight', 'hook', 'stage', 'preflight', 'hook', 'finish']);
  });

  it('is asked for an adoption before the first Secret is made', async () => {
    const stubs = refusing();
    await expect(adopt(stubs)).resolves.toMatchObject({
      outcome: 'unchanged',
      cause: { type: 'HookRefused' },
      warnings: [],
    });
    expect([stubs.calls, stubs.asked]).toEqual([['preflightAdoption', 'hook'], ['adopt']]);
  });

  it('is asked for an undoing before the lock', async () => {
    const stubs = refusing();
    await expect(adopt(stubs, { undo: true })).resolves.toMatchObject({ cause: { type: 'HookRefused' } });
    expect([stubs.calls, stubs.asked]).toEqual([['preflightAdoption', 'hook'], ['undo']]);
  });

  it('is not asked for a dry run', async () => {
    const stubs = refusing();
    await expect(adopt(stubs, { dryRun: true })).resolves.toMatchObject({ outcome: 'planned' });
    expect(stubs.asked).toEqual([]);
  });

  it('is asked for each component of a batch', async () => {
    const stubs = withHook().fail('hook', { type: 'HookRefused', component: 'langfuse' });
    const { components } = await harness.batch(stubs, { components: ['litellm', 'langfuse'], concurrency: 1 });
    expect(components.map(({ component, outcome }) => [component, outcome])).toEqual([
      ['litellm', 'rotated'],
      ['langfuse', 'unchanged'],
    ]);
    expect(stubs.asked).toEqual(['rotate', 'rotate']);
  });
});
