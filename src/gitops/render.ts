import { RotationError } from '../domain/failures.ts';
import type { Password } from '../domain/password.ts';
import { redact } from '../domain/redact.ts';
import { lastWords, run } from './run.ts';
import type { Workspace } from './workspace.ts';

const TIMEOUT_MS = 90_000;
/** What Task ends with when it wants to ask somebody. */
const TASK_ASKS = 205;

/** Runs one of the repository's own commands in the clone, with nobody to answer it. */
export async function runInClone(
  { repository, source, signal }: Workspace,
  command: readonly string[],
  passwords: readonly Password[],
): Promise<void> {
  const [program = '', ...args] = command;
  const { ageKeyFile } = source;
  const { exitCode, stdout, stderr } = await run({
    program,
    args,
    cwd: repository.directory,
    env: ageKeyFile === undefined ? {} : { SOPS_AGE_KEY_FILE: ageKeyFile },
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  if (exitCode === 0) return;
  const said = redact(lastWords(stderr.trim() === '' ? stdout : stderr), passwords);
  const hint = exitCode === TASK_ASKS ? ' It wants to ask somebody: give it "-y".' : '';
  throw new RotationError(
    'RenderFailed',
    `"${command.join(' ')}" failed in the clone of ${source.repository} with exit code ${exitCode}: ${said}.${hint} Run it yourself in a fresh clone, with the same files beside it.`,
  );
}
