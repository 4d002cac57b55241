import { completionOf } from '../../../src/cli/completion.ts';
import { columns } from '../../../src/cli/columns.ts';
import { widthLeft } from '../../../src/cli/terminal-table.ts';
import { statusTable } from '../../../src/cli/print-status.ts';

const WORDS = [{ name: 'rotate', description: "change one component's password", options: ['--reason', '--help'] }];
const NOW = new Date('2026-11-30T12:00:00Z');

describe('a table', () => {
  it.each([
    [0, 76],
    [80, 38],
    [200, 76],
    [40, 24],
  ])('on a terminal of %s columns has a last column of %s', (terminal, width) => {
    expect(widthLeft(37, 76, terminal)).toBe(width);
  });

  it('has columns as wide as their widest cell, and no spaces at its ends', () => {
    expect(columns(['A', 'BB'], [['long', 'x']])).toBe('A      BB\nlong   x');
  });
});

describe('the completion', () => {
  it('of bash completes commands, and the options of a command', () => {
    const script = completionOf('bash', WORDS);
    expect(script).toContain('1:*) words="rotate"');
    expect(script).toContain('*:rotate) words="--reason --help"');
  });

  it('of fish quotes a description', () => {
    expect(completionOf('fish', WORDS)).toContain("-a rotate -d 'change one component\\'s password'");
  });
});

describe('the status', () => {
  it('says how old a password is, how the last rotation ended, and when the next one begins', () => {
    const table = statusTable(
      [
        {
          ...{ component: 'litellm', namespace: 'ai', cluster: 'db', strategy: 'alternating', login: 'litellm_a' },
          changedAt: '2026-10-01T12:00:00Z',
          last: {
            ...{ workflowId: 'rotate-litellm', runId: 'r', type: 'rotatePassword', outcome: 'rotated' },
            startedAt: '2026-10-01T11:59:00Z',
            endedAt: '2026-10-01T12:00:00Z',
          },
          nextAt: '2026-12-30T12:00:00Z',
        },
      ],
      NOW,
      false,
    );
    expect(table.split('\n')[1]).toBe('litellm     litellm_a   alternating   60d   rotated 60d ago   in 30d   idle');
  });

  it('says what to do for a component that needs attention', () => {
    const lock = { rotation: 'r-1', workflowId: 'rotate-litellm', state: 'needs-attention' } as const;
    const where = { component: 'litellm', namespace: 'ai', cluster: 'db', strategy: 'in-place' } as const;
    expect(statusTable([{ ...where, lock }], NOW, false)).toContain('"cnpg-rotate follow litellm" prints what to do');
  });
});
