import { mkdirSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { ExecaError, execa, type Options } from 'execa';
import { SandboxError } from './errors.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Both streams are appended to this file instead of being captured. */
  readonly log?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Where programs are looked for: beyond PATH, the folders that "su" and "sudo" leave out of it, Go's own among them. */
export function searchPath(env: NodeJS.ProcessEnv = process.env): string {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const more = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/go/bin'];
  return [...new Set([...folders, ...more])].join(delimiter);
}

/** Runs a program to its end and returns what it wrote to stdout; a failure names the program and its last words. */
export async function command(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const stream = options.log === undefined ? 'pipe' : appendTo(options.log);
  const settings: Options = {
    stdin: 'ignore',
    stdout: stream,
    stderr: stream,
    // The go command ends its compilers on an interrupt, and leaves them running on a termination.
    killSignal: 'SIGINT',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { PATH: searchPath(), ...options.env },
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  };
  try {
    const { stdout } = await execa(file, [...args], settings);
    return typeof stdout === 'string' ? stdout : '';
  } catch (error) {
    options.signal?.throwIfAborted();
    throw failure(file, args, error, options.log);
  }
}

function appendTo(file: string) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return { file, append: true };
}

function failure(file: string, args: readonly string[], error: unknown, log: string | undefined): SandboxError {
  const what = `${file} ${args.slice(0, 3).join(' ')}`;
  if (error instanceof ExecaError && error.code === 'ENOENT') {
    return new SandboxError(`${file} is not installed on this machine.`, { cause: error });
  }
  const stderr: unknown = error instanceof ExecaError ? error.stderr : undefined;
  const said = typeof stderr === 'string' ? stderr.trim() : '';
  const code = error instanceof ExecaError ? ` (exit code ${error.exitCode ?? 'none'})` : '';
  return new SandboxError(`"${what}" failed${code}${said === '' ? '.' : `: ${said}`}`, { cause: error, log });
}
