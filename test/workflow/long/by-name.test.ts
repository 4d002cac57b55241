import { TASK_QUEUE } from '../../../src/temporal/task-queue.ts';
import { createLocalEnvironment } from '../../harness/temporal-environment.ts';
import { useWorkflowHarness } from '../harness.ts';
import { runCommand } from '../run-command.ts';
import { StubActivities } from '../stub-activities.ts';

const harness = useWorkflowHarness(createLocalEnvironment, TASK_QUEUE);
const cli = (...args: string[]) => runCommand(harness.environment.address, ...args);

/** Each command is a process of its own, which has to start first; in milliseconds. */
const SLOW = 90_000;

/** The ids of all workflows that rotate or adopt. */
async function started(): Promise<string[]> {
  const ids: string[] = [];
  const query = "WorkflowType IN ('rotatePassword', 'adoptAlternating', 'rotateBatch')";
  for await (const { workflowId } of harness.environment.client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

// The first test: it looks at all workflows.
it.each([
  ['rotate', 'litelm'],
  ['adopt', 'litelm'],
  ['batch', 'litellm', 'litelm'],
])(
  '%s of a component that the catalogue lacks is refused before a workflow of it exists',
  async (...args) => {
    harness.use(new StubActivities());
    const { code, stderr } = await cli(...args);
    expect(stderr).toBe(
      'ComponentUnknown: There is no component "litelm" in the catalogue of the worker, which has: litellm, langfuse, obot, dragonfly. Nothing was started.',
    );
    expect(code).toBe(1);
    expect(await started()).toEqual([]);
  },
  SLOW,
);

describe('without the program of Temporal', () => {
  it(
    'a batch is started, followed by its name and cancelled',
    async () => {
      const stubs = new StubActivities();
      let cancelled: unknown;
      stubs.before = async (call) => {
        if (call === 'sync pending') cancelled ??= await cli('cancel', '--batch');
      };
      harness.use(stubs);
      const detached = await cli('batch', 'litellm', '--detach');
      expect(detached).toMatchObject({ code: 0, stdout: 'Started workflow rotate-batch.' });
      const followed = await cli('follow', '--batch');
      expect(cancelled).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('Follow it with "cnpg-rotate follow --batch".') as string,
      });
      expect(followed).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('failed: 0 of 1 rotated, 1 rolled-back') as string,
      });
    },
    SLOW,
  );

  it(
    'an adoption is started, and followed by its name',
    async () => {
      harness.use(new StubActivities());
      const detached = await cli('adopt', 'litellm', '--detach', '--output', 'json');
      expect(JSON.parse(detached.stdout)).toEqual({ workflowId: 'adopt-litellm', component: 'litellm' });
      const followed = await cli('follow', 'litellm', '--adoption');
      expect(followed).toMatchObject({ code: 0, stdout: expect.stringContaining('litellm: adopted') as string });
    },
    SLOW,
  );

  it.each<[string, string[], number]>([
    ['nothing runs under the name', ['cancel', 'litellm'], 1],
    ['neither a component nor a batch is named', ['cancel'], 2],
    ['a component is named beside a batch', ['follow', 'litellm', '--batch'], 2],
  ])(
    'a command says so when %s',
    async (_, args, code) => {
      const ended = await cli(...args);
      expect(ended.code).toBe(code);
      expect(ended.stderr).toMatch(
        /No workflow rotate-litellm runs|Name a component, or say --batch|is about no single/,
      );
    },
    SLOW,
  );
});
