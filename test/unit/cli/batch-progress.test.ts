import { stripVTControlCharacters } from 'node:util';
import { jest } from '@jest/globals';
import { BatchProgress } from '../../../src/cli/batch-progress.ts';
import type { BatchReport } from '../../../src/domain/batch/batch.ts';
import type { RotationReport, StepRecord } from '../../../src/domain/rotation/report.ts';

const step = (name: StepRecord['step'], outcome: StepRecord['outcome']): StepRecord => ({
  step: name,
  target: 'pending',
  startedAt: '2026-11-24T08:00:00.000Z',
  seconds: 1.25,
  budgetSeconds: 10,
  outcome,
});
const batch = (outcome: 'running' | 'rotated'): BatchReport =>
  ({ components: [{ component: 'litellm', outcome, workflowId: 'rotate-litellm' }] }) as unknown as BatchReport;
const rotation = (...steps: StepRecord[]): RotationReport =>
  ({ rotation: 'litellm-1', component: 'litellm', steps }) as unknown as RotationReport;

describe('a batch on the terminal', () => {
  const lines: string[] = [];

  beforeEach(() => {
    lines.length = 0;
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      lines.push(stripVTControlCharacters(String(text)).replace(/\s+/g, ' ').trim());
      return true;
    });
  });

  afterEach(() => jest.restoreAllMocks());

  it('shows each step of each rotation once, when it has ended', () => {
    const progress = new BatchProgress(false);
    progress.progress(batch('running'));
    progress.rotation(rotation(step('preflight', 'done'), step('stage', 'running')));
    progress.rotation(rotation(step('preflight', 'done'), step('stage', 'failed')));
    progress.progress(batch('rotated'));
    expect(lines).toEqual([
      '… litellm running',
      'litellm preflight 1.3 s',
      '✗ litellm stage 1.3 s',
      '✓ litellm rotated',
    ]);
  });

  it('says nothing when its output is for a program', () => {
    const progress = new BatchProgress(true);
    progress.progress(batch('running'));
    progress.rotation(rotation(step('preflight', 'done')));
    expect(lines).toEqual([]);
  });
});
