import { TASK_QUEUE } from '../../../src/temporal/task-queue.ts';
import type { BatchReport } from '../../../src/domain/batch/batch.ts';
import { createLocalEnvironment } from '../../harness/temporal-environment.ts';
import { useWorkflowHarness } from '../harness.ts';
import { BACK } from '../calls.ts';
import { runCommand, startCommand, untilTold, type CliProcess } from '../run-command.ts';
import { StubActivities } from '../stub-activities.ts';

const harness = useWorkflowHarness(createLocalEnvironment, TASK_QUEUE);

/** Each command is a process of its own, which has to start first; in milliseconds. */
const SLOW = 60_000;

const startCli = (...args: string[]): CliProcess => startCommand(harness.environment.address, ...args);
const cli = (...args: string[]) => runCommand(harness.environment.address, ...args);

describe('cnpg-rotate', () => {
  it(
    'says that a context is for a worker of its own, instead of rotating on another cluster',
    async () => {
      const answers = await Promise.all([
        cli('rotate', 'litellm', '--context', 'prod'),
        cli('check', '--context', 'prod'),
        cli('adopt', 'litellm', '--context', 'prod'),
      ]);
      for (const { code, stderr } of answers) {
        expect(stderr).toContain('--context is for a worker that --local starts.');
        expect(code).toBe(2);
      }
    },
    SLOW,
  );

  it(
    'says so when there is no rotation to follow',
    async () => {
      const { code, stderr } = await cli('follow', 'litellm', '--workflow-id', 'nobody');
      expect(stderr).toContain('NoRotation: Temporal knows no workflow nobody.');
      expect(code).toBe(1);
    },
    SLOW,
  );

  it(
    'ends with 3 after a rotation that was terminated: nobody has proven which password is valid',
    async () => {
      const stubs = new StubActivities();
      const handle = await harness.begin(stubs, { component: 'litellm', requireApproval: true }, 'rotate-of-my-own');
      await handle.terminate();
      const { code, stderr } = await cli('follow', 'litellm', '--workflow-id', 'rotate-of-my-own');
      expect(stderr).toContain('NeedsAttention: The workflow rotate-of-my-own was terminated without a report.');
      expect(code).toBe(3);
    },
    SLOW,
  );
});

describe('cnpg-rotate approve and abort', () => {
  it(
    'say so when no rotation of the component runs',
    async () => {
      const answers = await Promise.all([cli('approve', 'nobody'), cli('abort', 'nobody')]);
      for (const { code, stderr } of answers) {
        expect(stderr).toBe(
          'NoRotation: No rotation of nobody runs (workflow rotate-nobody). One that was started under another id is found by --workflow-id.',
        );
        expect(code).toBe(1);
      }
    },
    SLOW,
  );

  it(
    'let a rotation go on that waits, and the report says who did',
    async () => {
      harness.use(new StubActivities());
      const rotating = startCli('rotate', 'litellm', '--require-approval', '--output', 'markdown');
      await untilTold(rotating, 'waiting for approval: cnpg-rotate approve litellm');
      const approved = await cli('approve', 'litellm', '--note', 'ticket 7');
      expect(approved).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('The rotation of litellm goes on.') as string,
      });
      const { exitCode, stdout, stderr } = await rotating;
      expect(exitCode).toBe(0);
      expect(stderr).toContain('waiting for approval: cnpg-rotate approve litellm');
      expect(stdout).toContain('| step | budget | time | observed |');
      expect(stdout).toMatch(/- approved by: \S+, 20\S+: ticket 7/);
      expect(stdout).toMatch(/- started: 20\S+ by \S+@\S+/);
    },
    SLOW,
  );

  it(
    'refuse an approval that nothing waits for, and undo a rotation that has written the Secret',
    async () => {
      const stubs = new StubActivities();
      let refused: unknown;
      let aborted: unknown;
      stubs.before = async (call) => {
        if (call !== 'sync pending') return;
        refused = await cli('approve', 'litellm');
        aborted = await cli('abort', 'litellm', '--reason', 'wrong day');
      };
      harness.use(stubs);
      const { code, stdout } = await cli('rotate', 'litellm');
      expect(refused).toMatchObject({
        code: 1,
        stderr: 'NotWaiting: The rotation of litellm was not started with requireApproval, so it waits for nobody.',
      });
      expect(aborted).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('The previous password of litellm is brought back.') as string,
      });
      expect(code).toBe(1);
      expect(stdout).toContain('litellm: rolled-back');
      expect(stdout).toContain('Aborted: The rotation was aborted: wrong day');
      expect(stubs.calls.slice(-BACK.length)).toEqual(BACK);
    },
    SLOW,
  );
});

describe('cnpg-rotate batch', () => {
  it(
    'rotates the whole catalogue, shows its progress and ends with 0',
    async () => {
      harness.use(new StubActivities());
      const { code, stdout, stderr } = await cli('batch', '--reason', 'quarterly', '--concurrency', '4');
      expect(code).toBe(0);
      expect(stdout).toContain('rotated: 4 of 4 rotated');
      for (const component of ['litellm', 'langfuse', 'obot', 'dragonfly'])
        expect(stderr).toMatch(new RegExp(`✓ ${component} +rotated`));
    },
    SLOW,
  );

  it(
    'ends with 1 when one was not rotated, and says why in Markdown',
    async () => {
      harness.use(new StubActivities().fail('preflight', { component: 'obot', type: 'cluster-exists' }));
      const { code, stdout } = await cli('batch', 'litellm', 'obot', '--output', 'markdown');
      expect(code).toBe(1);
      expect(stdout).toContain('**partly: 1 of 2 rotated, 1 unchanged**');
      expect(stdout).toMatch(
        /\| ✗ obot \| unchanged \| \S+ s \| cluster-exists: preflight failed as the test asked \| obot-/,
      );
    },
    SLOW,
  );

  it(
    'ends with 3 when one needs attention, and starts nothing after a failed canary',
    async () => {
      const stubs = new StubActivities().fail('verify', { component: 'obot', type: 'SecretChanged' });
      harness.use(stubs);
      const { code, stdout } = await cli('batch', '--canary', 'obot', '--output', 'json');
      expect(code).toBe(3);
      expect(JSON.parse(stdout) as BatchReport).toMatchObject({
        outcome: 'failed',
        stopped: 'the canary obot was not rotated',
      });
      expect(stubs.begun).toEqual(['obot']);
    },
    SLOW,
  );

  it(
    'refuses an unknown component by its name, with 1, and a wrong number with 2',
    async () => {
      const stubs = new StubActivities();
      harness.use(stubs);
      const [unknown, wrong] = await Promise.all([cli('batch', 'litelm'), cli('batch', '--concurrency', 'many')]);
      expect(unknown).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('ComponentUnknown: There is no component "litelm"') as string,
      });
      expect(wrong.code).toBe(2);
      expect(stubs.begun).toEqual([]);
    },
    SLOW,
  );
});
