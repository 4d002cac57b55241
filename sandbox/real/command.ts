import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExecaError, execa } from 'execa';
import { SandboxError } from './errors.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Both streams are appended to this file instead of being captured. */
  readonly log?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end and returns what it wrote to stdout; a failure names the program and its last words. */
export async function command(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const descriptor = options.log === undefined ? undefined : openLog(options.log);
  try {
    const result = await execa(file, [...args], {
      stdin: 'ignore',
      stdout: descriptor ?? 'pipe',
      stderr: descriptor ?? 'pipe',
      // The go command ends its compilers on an interrupt, and leaves them running on a termination.
      killSignal: 'SIGINT',
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    });
    return result.stdout ?? '';
  } catch (error) {
    options.signal?.throwIfAborted();
    throw failure(file, args, error, options.log);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return openSync(path, 'a', 0o600);
}

function failure(file: string, args: readonly string[], error: unknown, log: string | undefined): SandboxError {
  const what = `${file} ${args.slice(0, 3).join(' ')}`;
  if (error instanceof ExecaError && error.code === 'ENOENT') {
    return new SandboxError(`${file} is not installed on this machine.`, { cause: error });
  }
  const said = error instanceof ExecaError && typeof error.stderr === 'string' ? error.stderr.trim() : '';
  const code = error instanceof ExecaError ? ` (exit code ${error.exitCode ?? 'none'})` : '';
  return new SandboxError(`"${what}" failed${code}${said === '' ? '.' : `: ${said}`}`, { cause: error, log });
}
