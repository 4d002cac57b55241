import type { Client } from '@temporalio/client';
import { followBatch, type BatchHandle } from '../../../src/client/batch.ts';
import type { BatchReport } from '../../../src/domain/batch/batch.ts';
import type { RotationReport } from '../../../src/domain/rotation/report.ts';

type Outcome = 'running' | 'rotated';

const batch = (litellm: Outcome, obot: Outcome): BatchReport =>
  ({
    concurrency: 2,
    components: [
      { component: 'litellm', outcome: litellm, workflowId: 'rotate-litellm' },
      { component: 'obot', outcome: obot, workflowId: 'rotate-obot' },
    ],
  }) as unknown as BatchReport;

it('a batch that is followed tells the last step of each rotation before its end', async () => {
  const told: string[] = [];
  const looks = [batch('running', 'running'), batch('rotated', 'running')];
  let end: (report: BatchReport) => void = () => undefined;
  const handle = {
    workflowId: 'batch',
    result: () => new Promise<BatchReport>((resolve) => (end = resolve)),
    // Between its second look and its end the last rotation ends.
    query: () => {
      const seen = looks.shift();
      if (seen === undefined) end(batch('rotated', 'rotated'));
      return seen === undefined ? new Promise<never>(() => undefined) : Promise.resolve(seen);
    },
  };
  const counts = new Map<string, number>();
  const client = {
    workflowService: { getSystemInfo: () => Promise.resolve({}) },
    withDeadline: (_: number, ask: () => Promise<unknown>) =>
      Promise.race([ask(), new Promise((_resolve, reject) => setTimeout(() => reject(new Error('no answer')), 50))]),
    workflow: {
      getHandle: (workflowId: string) => ({
        query: () => {
          const steps = (counts.get(workflowId) ?? 0) + 1;
          counts.set(workflowId, steps);
          return Promise.resolve({ workflowId, steps: Array.from({ length: steps }) } as unknown as RotationReport);
        },
      }),
    },
  };
  const report = await followBatch(client as unknown as Client, handle as unknown as BatchHandle, {
    noAnswer: () => undefined,
    progress: ({ components }) => void told.push(components.map(({ outcome }) => outcome).join(' ')),
    rotation: ({ workflowId, steps }) => void told.push(`${workflowId} ${steps.length}`),
  });
  expect(report).toEqual(batch('rotated', 'rotated'));
  expect(told).toEqual([
    'running running',
    'rotate-litellm 1',
    'rotate-obot 1',
    // The look that finds it ended tells what it did last, then its end.
    'rotate-litellm 2',
    'rotated running',
    'rotate-obot 2',
    'rotate-obot 3',
  ]);
});
