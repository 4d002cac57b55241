import { stripVTControlCharacters } from 'node:util';
import { batchMarkdown } from '../../src/domain/batch/timeline.ts';
import { notStarted, resultOf, type BatchReport } from '../../src/domain/batch/batch.ts';
import { reportText } from '../../src/cli/print-report.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { timelineMarkdown } from '../../src/domain/rotation/timeline.ts';
import { LITELLM } from '../harness/examples.ts';

const REPORT: RotationReport = {
  rotation: 'litellm-1',
  workflowId: 'rotate-litellm',
  runId: 'run-1',
  component: 'litellm',
  strategy: 'in-place',
  source: 'kubernetes',
  startedBy: 'alice@laptop',
  approval: { by: 'bob', at: '2026-11-24T09:00:00.000Z', note: 'ticket 7' },
  where: LITELLM,
  secrets: ['litellm-db-secret', 'litellm-app'],
  workloads: [{ kind: 'Deployment', namespace: 'ai-system', name: 'litellm', secrets: ['litellm-db-secret'] }],
  outcome: 'rolled-back',
  cause: { type: 'RolloutIncomplete', message: 'not ready' },
  startedAt: '2026-11-24T08:00:00.000Z',
  endedAt: '2026-11-24T09:01:00.000Z',
  seconds: 60,
  budgetSeconds: 180,
  steps: [
    { step: 'approve', target: 'pending', startedAt: '', seconds: 3_600, budgetSeconds: 86_400, outcome: 'done' },
    {
      step: 'restart',
      target: 'previous',
      startedAt: '',
      seconds: 12.34,
      budgetSeconds: 120,
      outcome: 'failed',
      detail: 'a | b\nc',
    },
  ],
  roleAttributes: {
    before: { role: 'litellm', attributes: ['Create DB'], memberOf: ['pg_monitor', 'readers'] },
    after: { role: 'litellm', attributes: [], memberOf: [] },
  },
  warnings: ['old CNPG'],
};

describe('a rotation’s report in Markdown', () => {
  const lines = timelineMarkdown(REPORT).split('\n');

  it.each([
    ['the outcome', '**litellm**: rolled-back (rotation `litellm-1`)'],
    ['a step on the way back, whose text breaks no row', '| ✗ restart (back) | 120 s | 12.3 s | a \\| b c |'],
    ['the cause', '**RolloutIncomplete**: not ready'],
    ['every Secret', '- Secrets: ai-system/litellm-db-secret, ai-system/litellm-app'],
    ['a warning', '- ⚠ old CNPG'],
    ['who started it', '- started: 2026-11-24T08:00:00.000Z by alice@laptop'],
    [
      'its own time apart from the waiting',
      '- ended: 2026-11-24T09:01:00.000Z, 60.0 s of 180 s, and 3600.0 s of waiting for the approval',
    ],
    ['what the role could do', '- role attributes: Create DB, member of pg_monitor and readers before, none after'],
    ['who approved it, and when', '- approved by: bob, 2026-11-24T09:00:00.000Z: ticket 7'],
    ['where it stands in Temporal', '- workflow: rotate-litellm, run run-1'],
  ])('has %s', (_, line) => {
    expect(lines).toContain(line);
  });
});

describe('the report of a rotation with alternating roles', () => {
  const [active, idle] = LITELLM.alternating.logins;
  const lines = timelineMarkdown({
    ...REPORT,
    strategy: 'alternating',
    turn: { active, idle },
    steps: [
      { step: 'retire', role: active.role, target: 'previous', startedAt: '', budgetSeconds: 30, outcome: 'done' },
    ],
    refusedLogins: {
      count: 3,
      windowSeconds: 1.25,
      byClient: [
        { client: '10.244.0.7', pod: 'litellm-7f9c', role: 'litellm_a', count: 2 },
        { client: '10.0.0.1', role: 'litellm_b', count: 1 },
      ],
    },
  }).split('\n');

  it.each([
    [
      'who takes over from whom',
      '- role: litellm_b takes over from litellm_a, both acting as litellm, of Cluster ai-system/litellm-postgresql',
    ],
    ['the role that a step is about', '| ✓ retire litellm_a (back) | 30 s | … |  |'],
    [
      'who was refused, by pod where it is known',
      '- refused logins: 3 in a window of 1.3 s (by client: pod litellm-7f9c (10.244.0.7) as litellm_a 2, 10.0.0.1 as litellm_b 1)',
    ],
  ])('has %s', (_, line) => {
    expect(lines).toContain(line);
  });

  it.each([
    [3, 'at least 3 in a window of 1.3 s (by client: )'],
    [0, 'none in the part of the log that is left'],
  ])('says where the log does not reach back: %i counted', (count, text) => {
    const refusedLogins = { count, atLeast: true, windowSeconds: 1.25, byClient: [] } as const;
    expect(timelineMarkdown({ ...REPORT, refusedLogins }).split('\n')).toContain(`- refused logins: ${text}`);
  });
});

describe('the report of a rotation that left clients behind', () => {
  const left = {
    client: '10.244.0.9',
    pod: 'worker-1',
    namespace: 'apps',
    owner: 'Deployment worker',
    applicationName: 'a | b',
    role: 'litellm',
    refused: 7,
    because: 'still refused',
  } as const;
  const report: RotationReport = { ...REPORT, outcome: 'rotated', leftBehind: [left] };

  it('has each of them, with its pod and why', () => {
    const lines = timelineMarkdown(report).split('\n');
    expect(lines).toContain('**1 left behind**, still with the other password:');
    expect(lines).toContain(
      '- ⚠ pod apps/worker-1 (10.244.0.9) of Deployment worker as litellm, "a \\| b": refused after the last old pod was gone (7 times)',
    );
  });

  it('says on the terminal that it rotated, and whom it left behind', () => {
    const text = stripVTControlCharacters(reportText(report));
    expect(text).toContain('rotated, 1 left behind in 60.0 s');
    expect(text).toContain('Left behind: pod apps/worker-1 (10.244.0.9) of Deployment worker as litellm');
  });

  it('is counted in a batch, with the names of its clients', () => {
    const batch: BatchReport = {
      workflowId: 'rotate-batch',
      outcome: 'rotated',
      components: [resultOf({ ...report, cause: undefined })],
      concurrency: 2,
      startedAt: '2026-11-24T08:00:00.000Z',
    };
    const lines = batchMarkdown(batch).split('\n');
    expect(lines[0]).toBe('**rotated: 1 of 1 rotated, 1 with clients left behind**');
    expect(lines[4]).toContain('1 left behind: pod apps/worker-1 (10.244.0.9) of Deployment worker');
  });
});

describe('the report of a rotation that was refused, on the terminal', () => {
  const refused: RotationReport = {
    ...REPORT,
    outcome: 'unchanged',
    cause: { type: 'secret-exists', message: 'There is no Secret. Make it. Nobody manages the role. Declare it.' },
    diagnosis: [
      { rule: 'secret-exists', severity: 'blocking', message: 'There is no Secret.', mend: 'Make it.' },
      { rule: 'role-is-managed', severity: 'blocking', message: 'Nobody manages the role.', mend: 'Declare it.' },
    ],
  };
  const lines = (report: RotationReport): readonly string[] => stripVTControlCharacters(reportText(report)).split('\n');

  it('has each finding as check shows it', () => {
    const seen = lines(refused);
    const first = seen.indexOf('  ✗ secret-exists: There is no Secret.');
    expect(seen.slice(first, first + 4)).toEqual([
      '  ✗ secret-exists: There is no Secret.',
      '      Make it.',
      '  ✗ role-is-managed: Nobody manages the role.',
      '      Declare it.',
    ]);
    expect(seen.join('\n')).not.toContain('Make it. Nobody manages');
  });

  it('has the cause in one line where findings came after the failure', () => {
    const diagnosed: RotationReport = { ...refused, outcome: 'rolled-back' };
    expect(lines(diagnosed)).toContain(
      'secret-exists: There is no Secret. Make it. Nobody manages the role. Declare it.',
    );
  });

  it('ends with the outcome', () => {
    expect(lines(refused).at(-1)).toMatch(/^litellm: unchanged in 60\.0 s of 180 s/);
  });
});

describe('a batch’s report in Markdown', () => {
  const batch: BatchReport = {
    workflowId: 'rotate-batch',
    outcome: 'failed',
    components: [...Array.from({ length: 120 }, (_, index) => notStarted(`app-${index}`)), resultOf(REPORT)],
    concurrency: 2,
    startedAt: '2026-11-24T08:00:00.000Z',
  };

  it('shows the Web UI what failed first, and how much it leaves out', () => {
    const lines = batchMarkdown(batch).split('\n');
    expect(lines[0]).toBe('**failed: 0 of 121 rotated, 1 rolled-back, 120 not-started**');
    expect(lines[4]).toContain('| ✗ litellm | rolled-back | 60.0 s | RolloutIncomplete: not ready |');
    expect(lines).toContain('… and 21 more.');
  });

  it('shows an auditor all of it, in its order', () => {
    const text = batchMarkdown(batch, batch.components.length);
    expect(text).not.toContain('more.');
    expect(text.indexOf('app-0 ')).toBeLessThan(text.indexOf('litellm'));
  });
});
