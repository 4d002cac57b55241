import { batchDetails } from '../../src/domain/batch/timeline.ts';
import { notStarted, type BatchReport } from '../../src/domain/batch/batch.ts';
import { detailsMarkdown, outcomeSentence } from '../../src/domain/rotation/details.ts';
import type { RotationReport, StepRecord } from '../../src/domain/rotation/report.ts';
import { adoptionStart, batchStart, rotationStart } from '../../src/domain/rotation/start-texts.ts';
import { LITELLM } from '../harness/examples.ts';

const STEP = { target: 'pending', startedAt: '', budgetSeconds: 30 } as const;
const RUNNING: StepRecord = { ...STEP, step: 'sync', outcome: 'running', detail: 'a | b' };

const report = (more: Partial<RotationReport>): RotationReport => ({
  ...{ rotation: 'litellm-1', workflowId: 'rotate-litellm', runId: 'run-1', component: 'litellm' },
  ...{ source: 'kubernetes', where: LITELLM, secrets: ['litellm-db-secret'], workloads: [], outcome: 'running' },
  ...{ startedAt: '2026-11-24T08:00:00.000Z', budgetSeconds: 180, warnings: ['old CNPG'] },
  steps: [{ ...STEP, step: 'publish', outcome: 'done', seconds: 1.2 }, RUNNING],
  ...more,
});

describe('what the Web UI shows of a rotation', () => {
  it('begins with the outcome, and then says what to do', () => {
    const lines = detailsMarkdown(
      report({
        outcome: 'rolled-back',
        seconds: 60,
        cause: { type: 'RolloutIncomplete', message: 'not ready' },
        steps: [],
      }),
    ).split('\n\n');
    expect(lines.slice(0, 2)).toEqual([
      '**litellm: rolled-back. The old password is valid again.** 60.0 s of 180 s.',
      '**RolloutIncomplete**: not ready',
    ]);
  });

  it('has its steps as a list, and no table', () => {
    const text = detailsMarkdown(report({}));
    expect(text).toContain('- ✓ **publish** 1.2 s\n- … **sync** of 30 s · a \\| b');
    expect(text).toContain('- ⚠ old CNPG');
    expect(text).not.toContain('---|');
  });

  it('has the commands while it runs, and that of the approval while it waits for one', () => {
    expect(detailsMarkdown(report({}))).toContain('`cnpg-rotate follow litellm`, `cnpg-rotate abort litellm`');
    const waiting = report({ steps: [{ ...RUNNING, step: 'approve' }], workflowId: 'mine' });
    expect(detailsMarkdown(waiting)).toContain('Approve: `cnpg-rotate approve litellm --workflow-id mine`');
    const adoption = report({ steps: [{ ...RUNNING, step: 'declare' }] });
    expect(detailsMarkdown(adoption)).toContain('`cnpg-rotate cancel litellm --adoption`');
    const begun = report({ workflowId: 'adopt-litellm', steps: [{ ...RUNNING, step: 'preflight' }] });
    expect(detailsMarkdown(begun)).toContain('`cnpg-rotate cancel litellm --adoption`');
    expect(detailsMarkdown(report({ steps: [], outcome: 'rotated' }))).not.toContain('cnpg-rotate follow');
  });
});

it('what the Web UI shows of a batch is a list, whose first line is the outcome', () => {
  const cause = { type: 'cluster-exists', message: 'there is none' } as const;
  const batch: BatchReport = {
    ...{ workflowId: 'rotate-batch', outcome: 'failed', concurrency: 2, startedAt: '2026-11-24T08:00:00.000Z' },
    components: [{ ...notStarted('obot', cause), outcome: 'unchanged', seconds: 1 }],
  };
  expect(batchDetails(batch).split('\n\n').slice(0, 2)).toEqual([
    '**failed: 0 of 1 rotated, 1 unchanged**',
    '- ✗ **obot** unchanged 1.0 s · cluster-exists: there is none',
  ]);
});

it('each outcome has a short sentence', () => {
  expect(outcomeSentence('needs-attention')).toBe('needs-attention. A person has to look at it.');
});

describe('a start', () => {
  it('of a rotation says in its details how to approve, follow and undo it, and in its memo why it was started', () => {
    const start = { component: 'litellm', workflowId: 'rotate-litellm', requireApproval: true };
    const texts = rotationStart({ ...start, reason: 'quarterly', startedBy: 'alice' });
    expect(texts.staticDetails).toBe(
      '- approve: `cnpg-rotate approve litellm`\n- follow: `cnpg-rotate follow litellm`\n- undo: `cnpg-rotate abort litellm`',
    );
    expect(texts.memo).toEqual({ reason: 'quarterly', startedBy: 'alice' });
  });

  it('of an adoption and of a batch says how to follow and undo them', () => {
    const adoption = adoptionStart({ component: 'litellm', workflowId: 'adopt-litellm', undo: false });
    expect(adoption.staticDetails).toContain('`cnpg-rotate cancel litellm --adoption`');
    expect(batchStart({}).staticDetails).toContain('`cnpg-rotate cancel --batch`');
  });
});
