import { RotationError } from '../domain/failures.ts';
import { describeRepository } from './quotable.ts';
import { run } from './run.ts';
import type { Workspace } from './workspace.ts';

const TIMEOUT_MS = 90_000;
/** Task's exit code when it wants to ask a person. */
const TASK_ASKS = 205;

/** Task's own exit codes. */
const OF_TASK: Readonly<Record<number, string>> = {
  100: 'there is no Taskfile',
  102: 'the Taskfile is not valid',
  200: 'there is no such task',
  201: 'one of its commands failed',
  202: 'the task is internal',
  203: 'several tasks have that name',
  204: 'the task calls itself without end',
  206: 'the task lacks a variable that it requires',
};

/**
 * Runs one of the repository's own commands in the clone, with nobody to answer it. Its output is never reported: the
 * command can read every Secret of the repository, and the worker does not know them all.
 */
export async function runInClone({ repository, source, signal }: Workspace, command: readonly string[]): Promise<void> {
  const [program = '', ...args] = command;
  const { ageKeyFile } = source;
  const { exitCode, timedOut } = await run({
    program,
    args,
    cwd: repository.directory,
    env: ageKeyFile === undefined ? {} : { SOPS_AGE_KEY_FILE: ageKeyFile },
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  if (exitCode === 0) return;
  throw new RotationError(
    'RenderFailed',
    `"${command.join(' ')}" failed in the clone of ${describeRepository(source.repository)} ${howItEnded(program, exitCode, timedOut)} What it printed is not told, since it may hold what the command has decrypted: run it yourself in a fresh clone, with the same files beside it.`,
  );
}

function howItEnded(program: string, exitCode: number, timedOut: boolean): string {
  if (timedOut) return `without an end within ${TIMEOUT_MS / 1_000} s.`;
  if (exitCode === TASK_ASKS) return `with exit code ${exitCode}. It wants to ask somebody: give it "-y".`;
  const known = program === 'task' ? OF_TASK[exitCode] : undefined;
  return `with exit code ${exitCode}${known === undefined ? '' : ` (${known})`}.`;
}
