import { awaitBatchReport } from '../../../src/client/batch.ts';
import { createLocalEnvironment } from '../../harness/temporal-environment.ts';
import { useWorkflowHarness } from '../harness.ts';
import { StubActivities } from '../stub-activities.ts';

const harness = useWorkflowHarness(createLocalEnvironment);

describe('a batch', () => {
  it('continues as new after a page of rotations, and reports all of them at its end', async () => {
    const stubs = new StubActivities().fail('preflight', { type: 'secret-exists' });
    stubs.catalogue = Array.from({ length: 205 }, (_, index) => `app-${index}`);
    const handle = await harness.beginBatch(stubs, { concurrency: 50 });
    const report = await awaitBatchReport(handle);
    expect(report.components.map(({ component }) => component)).toEqual(stubs.catalogue);
    expect(new Set(report.components.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
    expect(stubs.begun).toHaveLength(205);
    const first = await harness.environment.client.workflow
      .getHandle(handle.workflowId, handle.firstExecutionRunId)
      .describe();
    expect(first.status.name).toBe('CONTINUED_AS_NEW');
  }, 240_000);
});
