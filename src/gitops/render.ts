import { RotationError, type FailureType } from '../domain/failures.ts';
import { describeRepository } from './quotable.ts';
import { isNearlyFull } from './places.ts';
import { isInstalled, run, toolAbsent } from '../programs/run.ts';
import { fullRoom } from './scratch.ts';
import type { Workspace } from './workspace.ts';

const TIMEOUT_MS = 90_000;
/** What a repository has for the program that renders it, and how it is called in the catalogue. */
const OF_PROGRAM = {
  task: { file: /^\.?taskfile(\.dist)?\.ya?ml$/i, title: 'Taskfile', example: '[task, -y, configure]' },
  just: { file: /^\.?justfile$/i, title: 'justfile', example: '[just, configure]' },
  make: { file: /^(GNU)?makefile$/i, title: 'Makefile', example: '[make, configure]' },
} as const;

/**
 * Looks whether the command can run at all, before anything is written.
 * @throws RotationError `ToolAbsent`, or `InvalidConfiguration` where the repository is made for another program.
 */
export async function requireRenderable({ repository, source }: Workspace): Promise<void> {
  const [program = ''] = source.render;
  if (program === '') return;
  if (!program.includes('/') && !isInstalled(program)) throw toolAbsent(program);
  if (program !== 'task' && program !== 'just' && program !== 'make') return;
  const top = (await repository.tracked()).filter((path) => !path.includes('/'));
  const has = (one: keyof typeof OF_PROGRAM): boolean => top.some((path) => OF_PROGRAM[one].file.test(path));
  const other = (['task', 'just', 'make'] as const).find((one) => one !== program && has(one));
  // The file may stand below, where the command's arguments name it.
  if (has(program) || other === undefined) return;
  throw new RotationError(
    'InvalidConfiguration',
    `"${source.render.join(' ')}" is to make the manifests, and ${describeRepository(source.repository)} has no ${OF_PROGRAM[program].title}, but a ${OF_PROGRAM[other].title}. Name its command in "variable.render" of the catalogue, such as ${OF_PROGRAM[other].example}.`,
  );
}

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
export async function runInClone(
  { repository, source, signal }: Workspace,
  command: readonly string[],
  failure: FailureType = 'RenderFailed',
): Promise<void> {
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
  if (isNearlyFull(repository.directory)) throw fullRoom(repository.directory);
  throw new RotationError(
    failure,
    `"${command.join(' ')}" failed in the clone of ${describeRepository(source.repository)} ${howItEnded(program, exitCode, timedOut)} What it printed is not told, since it may hold what the command has decrypted: run it yourself in a fresh clone, with the same files beside it.`,
  );
}

function howItEnded(program: string, exitCode: number, timedOut: boolean): string {
  if (timedOut) return `without an end within ${TIMEOUT_MS / 1_000} s.`;
  if (program === 'just') return `with exit code ${exitCode}. If a recipe asks somebody ([confirm]), give it "--yes".`;
  // A script may have called Task.
  if (exitCode === TASK_ASKS) return `with exit code ${exitCode}. It wants to ask somebody: give it "-y".`;
  const known = program === 'task' ? OF_TASK[exitCode] : undefined;
  return `with exit code ${exitCode}${known === undefined ? '' : ` (${known})`}.`;
}
