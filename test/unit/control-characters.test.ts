import { Command } from 'commander';
import { addAbortCommand } from '../../src/cli/abort.ts';
import { addAdoptCommand } from '../../src/cli/adopt.ts';
import { addApproveCommand } from '../../src/cli/approve.ts';
import { addBatchCommand } from '../../src/cli/batch.ts';
import { clean } from '../../src/cli/clean.ts';
import { addRotateCommand } from '../../src/cli/rotate.ts';
import { parseAdoptAlternatingInput } from '../../src/domain/adopt/index.ts';
import { parseRotateBatchInput } from '../../src/domain/batch/batch.ts';
import { hasControlCharacters, visible } from '../../src/domain/text/control-characters.ts';
import { parseRotatePasswordInput } from '../../src/domain/rotation/input.ts';
import { parseAbortInput, parseApproveInput } from '../../src/domain/rotation/interventions.ts';
import { markdownText } from '../../src/domain/text/markdown.ts';
import { timelineMarkdown } from '../../src/domain/rotation/timeline.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';

const FORGED = 'quarterly\n- approved by: alice';
const BAD = [
  ['a line break', FORGED],
  ['an escape sequence', 'a\u001b[2Jb'],
  ['a C1 control', 'a\u009b2Jb'],
  ['DEL', 'a\u007fb'],
  ['a line separator', 'a\u2028b'],
  ['a mark that turns the direction of writing', 'a\u202eb'],
] as const;

describe('a text for the report', () => {
  it.each([
    ['the reason of a rotation', (reason: string) => parseRotatePasswordInput({ component: 'a', reason })],
    ['the starter of a rotation', (startedBy: string) => parseRotatePasswordInput({ component: 'a', startedBy })],
    ['the name of a component', (component: string) => parseRotatePasswordInput({ component })],
    ['the reason of a batch', (reason: string) => parseRotateBatchInput({ reason })],
    ['the starter of a batch', (startedBy: string) => parseRotateBatchInput({ startedBy })],
    ['the reason of an adoption', (reason: string) => parseAdoptAlternatingInput({ component: 'a', reason })],
    ['the starter of an adoption', (startedBy: string) => parseAdoptAlternatingInput({ component: 'a', startedBy })],
    ['who approves', (by: string) => parseApproveInput({ by })],
    ['the note of an approval', (note: string) => parseApproveInput({ note })],
    ['the reason of an abortion', (reason: string) => parseAbortInput({ reason })],
  ])('%s is refused with a control character in it, saying where', (_, parse) => {
    for (const [, text] of BAD) expect(() => parse(text)).toThrow(/must be one line without control characters/);
    expect(() => parse('quarterly, #7 – “größer”')).not.toThrow();
  });

  it.each([
    ['rotate', addRotateCommand, ['rotate', 'litellm', '--reason', FORGED]],
    ['batch', addBatchCommand, ['batch', '--reason', FORGED]],
    ['adopt', addAdoptCommand, ['adopt', 'litellm', '--reason', FORGED]],
    ['abort', addAbortCommand, ['abort', 'litellm', '--reason', FORGED]],
    ['approve', addApproveCommand, ['approve', 'litellm', '--note', FORGED]],
  ])('is refused by "%s" before anything is started', async (_, add, args) => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    add(program);
    for (const command of program.commands) command.exitOverride();
    await expect(program.parseAsync(args, { from: 'user' })).rejects.toThrow(/must be one line/);
  });
});

describe('Markdown', () => {
  it.each([
    ['another row or entry', FORGED, 'quarterly - approved by: alice'],
    ['a cell of its own', 'a | b', 'a \\| b'],
    ['a link or an image', '![x](http://a)', '!\\[x\\](http://a)'],
    ['HTML', '<img src=x>&lt;', '\\<img src=x\\>\\&lt;'],
    ['emphasis or code', '**a** `b` _c_ ~~d~~', '\\*\\*a\\*\\* \\`b\\` \\_c\\_ \\~\\~d\\~\\~'],
    ['a heading or an item', '# a', '\\# a'],
    ['a name that it is not', 'litellm_a on db-rw', 'litellm_a on db-rw'],
    ['an escape sequence', 'a\u001b[2Jb', 'a \\[2Jb'],
  ])('makes of a text no %s', (_, text, expected) => {
    expect(markdownText(text)).toBe(expected);
  });

  const report: RotationReport = {
    rotation: 'r',
    workflowId: FORGED,
    runId: 'run',
    component: FORGED,
    source: 'kubernetes',
    reason: FORGED,
    startedBy: FORGED,
    approval: { by: FORGED, note: FORGED, at: '' },
    secrets: [],
    workloads: [],
    outcome: 'running',
    cause: { type: 'Unexpected', message: FORGED },
    advice: `${FORGED}\n  kubectl get secret x -o json | jq '{a: "*"}'`,
    startedAt: '',
    budgetSeconds: 1,
    steps: [{ step: 'sync', target: 'pending', startedAt: '', budgetSeconds: 1, outcome: 'failed', detail: FORGED }],
    warnings: [FORGED],
  };

  it('of a report has no line that somebody has forged, and its commands as they are', () => {
    const lines = timelineMarkdown({ ...report, advice: report.advice?.replace(FORGED, 'Do:') ?? '' }).split('\n');
    expect(lines.filter((line) => line.startsWith('- approved by: alice'))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('- approved by'))).toHaveLength(1);
    expect(lines).toContain(`    kubectl get secret x -o json | jq '{a: "*"}'`);
  });

  it.each(BAD)('and a terminal are not steered by %s', (_, text) => {
    const { warnings, steps } = clean({ warnings: [text], steps: [{ detail: text }] });
    expect([...warnings, ...steps.map(({ detail }) => detail)].filter(hasControlCharacters)).toEqual([]);
    expect(hasControlCharacters(visible(text).replaceAll('\n', ''))).toBe(false);
  });
});
