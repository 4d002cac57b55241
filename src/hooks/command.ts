import { RotationError } from '../domain/failures.ts';
import { firstLine, hookEnvironment, type CommandHook, type HookAnswer, type HookQuestion } from '../domain/hook.ts';
import { run, type Finished } from '../programs/run.ts';
import { KEPT_BYTES, type HookLimits } from './limits.ts';

/**
 * Runs the program without a shell. Its environment has the question and what other programs of the worker get. Exit code
 * 0 allows. The first line on stderr, or else on stdout, is the reason of a refusal.
 */
export async function askCommand(
  { argv: [program = '', ...args] }: CommandHook,
  question: HookQuestion,
  { timeoutMs, signal }: HookLimits,
): Promise<HookAnswer> {
  const env = hookEnvironment(question);
  const ended = await orAbsent(run({ program, args, env, timeoutMs, signal, keptBytes: KEPT_BYTES }));
  if (ended === 'absent') return { kind: 'unanswered', because: 'the worker has no such program', again: false };
  const { exitCode, stdout, stderr, timedOut, notStarted } = ended;
  if (notStarted !== undefined)
    return { kind: 'unanswered', because: `the worker could not start the program (${notStarted})`, again: false };
  if (timedOut) return { kind: 'unanswered', because: 'it did not end in time, and was ended', again: false };
  if (exitCode === 0) return { kind: 'allowed' };
  const how = exitCode === -1 ? 'it was ended by a signal' : `it ended with exit code ${exitCode}`;
  return { kind: 'refused', how, reason: firstLine(stderr) || firstLine(stdout) };
}

async function orAbsent(running: Promise<Finished>): Promise<Finished | 'absent'> {
  try {
    return await running;
  } catch (error) {
    if (error instanceof RotationError && error.type === 'ToolAbsent') return 'absent';
    throw error;
  }
}
