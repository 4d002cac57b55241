import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { encryptingWorker } from './encryption.ts';
import { bundledWorkflows } from './harness.ts';

const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));
const HISTORIES = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

describe('a history recorded by an earlier version', () => {
  it('is there for each way that a workflow can take', () => {
    expect(HISTORIES.sort()).toEqual([
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
  ] as const)(
    '%s',
    async (_, worker) => {
      Runtime.install({ logger: new DefaultLogger('ERROR') });
      const histories = HISTORIES.map((file) => ({
        workflowId: file,
        history: JSON.parse(readFileSync(FOLDER + file, 'utf8')) as unknown,
      }));
      const results: string[] = [];
      for await (const { workflowId, error } of Worker.runReplayHistories(worker(), histories)) {
        results.push(error === undefined ? workflowId : `${workflowId}: ${error.message}`);
      }
      expect(results.sort()).toEqual([...HISTORIES].sort());
    },
    60_000,
  );
});
