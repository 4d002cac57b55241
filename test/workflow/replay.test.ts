import { encryptingWorker } from './encryption.ts';
import { bundledWorkflows } from './harness.ts';
import { HISTORIES, replayRecorded } from './recorded.ts';
import { tracingWorker } from './tracing.ts';

describe('a history recorded by an earlier version', () => {
  it('is there for each way that a workflow can take', () => {
    expect(HISTORIES).toEqual([
      'adopted.json',
      'adoption-undone.json',
      'alternated-back.json',
      'alternated-reassigned.json',
      'approved.json',
      'batch.json',
      'needs-attention.json',
      'rolled-back.json',
      'rotated-by-emergency.json',
      'rotated.json',
    ]);
  });

  it.each([
    ['leads today’s workflow to the same commands', () => ({ workflowBundle: bundledWorkflows() })],
    ['is replayed by a worker that encrypts, too', () => encryptingWorker()],
    ['is replayed by a worker that exports traces, too', () => tracingWorker()],
  ])(
    '%s',
    async (_, worker) => {
      expect(await replayRecorded(await worker())).toEqual(HISTORIES);
    },
    120_000,
  );
});
