import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { RotationError } from '../domain/failures.ts';

/** One program with a fixed argv. Secrets go in by `input` or by a file's name, never by argv or environment. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** So many bytes of each output are kept. The rest is read and dropped. Default: a program that writes 64 MiB ends. */
  readonly keptBytes?: number;
}

export interface Finished {
  /** -1 where the program was ended, or could not be started. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the program was ended because its time was over. */
  readonly timedOut: boolean;
  /** Why the program could not be started, such as `EACCES`; absent where it was. */
  readonly notStarted?: string | undefined;
}

/** What a child gets of the worker's environment: the paths to programs and keys. It gets no other setting. */
const PASSED_ON =
  /^(PATH|HOME|LANG|TZ|TMPDIR|KUBECONFIG|KUBERNETES_SERVICE_(HOST|PORT)|GNUPGHOME|SSL_CERT_(FILE|DIR)|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|SOPS_(?!AGE_KEY$).*|AWS_.*|AZURE_.*|GOOGLE_.*|CLOUDSDK_.*|VAULT_.*)$/;

/** The kernel ends a program so where a container's memory limit is reached, which counts files in memory too. */
const ENDED_BY = (signal: string): string =>
  `ended by ${signal}${signal === 'SIGKILL' ? ', perhaps because the memory limit of the container is reached' : ''}`;

/** Variables whose values are secrets, where the environment has them. */
const SECRET_NAME = /SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|ACCESS_KEY|_KEY$/i;

/** What a child gets by its environment and must not show: secrets, and what stands before the host of a proxy. */
export function secretsOfEnvironment(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  return Object.entries(passedOn(env)).flatMap(([name, value]) => [
    ...(SECRET_NAME.test(name) && !value.startsWith('/') ? [value] : []),
    ...userinfoOf(value),
  ]);
}

/** What stands before the host of an address: the user, and the password. */
export function userinfoOf(address: string): readonly string[] {
  const userinfo = /^[a-z+]+:\/\/([^/@\s]*)@/i.exec(address)?.[1];
  if (userinfo === undefined) return [];
  return userinfo.split(':').flatMap((part) => [part, decoded(part)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const LARGEST_OUTPUT = 64 * 1024 * 1024;
const KILL_AFTER_MS = 3_000;
const PIPES_AFTER_MS = KILL_AFTER_MS + 500;

/**
 * Runs a program to its end, whatever its exit code.
 * @throws RotationError `ToolAbsent` when it is not installed; the signal's reason when it was aborted.
 */
export async function run(command: Command): Promise<Finished> {
  const { program, args, cwd, input, env, timeoutMs, signal, keptBytes } = command;
  signal.throwIfAborted();
  const child = execa(program, [...args], {
    cwd,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    env: { ...passedOn(process.env), LC_ALL: 'C', ...env },
    extendEnv: false,
    // The child has its own process group, so that the children of a script end with the script.
    detached: true,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: LARGEST_OUTPUT,
    buffer: keptBytes === undefined,
  });
  const kept = { stdout: beginningOf(child.stdout, keptBytes), stderr: beginningOf(child.stderr, keptBytes) };
  const late = new AbortController();
  const end = (): void => {
    killGroup(child.pid);
    // A daemon that left the group may hold the pipes open, and the wait needs their end.
    setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, PIPES_AFTER_MS).unref();
  };
  const timer = setTimeout(() => {
    late.abort();
    end();
  }, timeoutMs);
  signal.addEventListener('abort', end, { once: true });
  try {
    const { exitCode, code, signal: endedBy, ...output } = await child;
    signal.throwIfAborted();
    if (code === 'ENOENT' && exitCode === undefined) {
      throw toolAbsent(program);
    }
    const { stdout, stderr } = keptBytes === undefined ? output : { stdout: kept.stdout(), stderr: kept.stderr() };
    const timedOut = late.signal.aborted;
    const note = timedOut ? `gave no answer within ${timeoutMs / 1_000} s` : endedBy && ENDED_BY(endedBy);
    const said = note === undefined ? stderr : `${stderr}\n${note}`;
    const notStarted = exitCode === undefined && endedBy === undefined ? code : undefined;
    return { exitCode: exitCode ?? -1, stdout, stderr: said, timedOut, notStarted };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

/** Reads an output to its end and keeps only its beginning. @param bytes undefined where execa reads the output. */
function beginningOf(output: Readable, bytes: number | undefined): () => string {
  let kept = Buffer.alloc(0);
  if (bytes !== undefined) {
    output.on('data', (chunk: Buffer) => {
      if (kept.length < bytes) kept = Buffer.concat([kept, chunk]).subarray(0, bytes);
    });
  }
  return () => kept.toString('utf8');
}

/** Whether the worker finds the program. */
export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function toolAbsent(program: string): RotationError {
  return new RotationError(
    'ToolAbsent',
    `The worker has no program "${program}", which a rotation through Git needs. Install it, or use the image "gitops" (docs/gitops.md).`,
  );
}

/** The last line that is not empty, in at most 300 characters. */
export function lastWords(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (lines.at(-1) ?? 'it said nothing').slice(0, 300);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  const kill = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch {
      // The process has ended already.
    }
  };
  kill('SIGTERM');
  setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS).unref();
}

function passedOn(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && PASSED_ON.test(name) ? [[name, value] as const] : [],
    ),
  );
}
