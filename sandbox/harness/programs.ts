import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const CLI = `${ROOT}dist/cli/main.js`;
export const WORKER = `${ROOT}dist/worker.js`;

export type Environment = Readonly<Record<string, string>>;

/** Colours, which CI systems switch on, would only be in the way of what is looked for in an output. */
function childEnvironment(environment: Environment): NodeJS.ProcessEnv {
  return { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', ...environment };
}

/** A program that runs beside the test, with all that it prints. */
export class Program {
  static readonly #running = new Set<Program>();

  /** Ends whatever a test that failed has left running. */
  static async killAll(): Promise<void> {
    await Promise.all([...Program.#running].map((program) => program.kill('SIGKILL')));
  }

  output = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(command: string, args: readonly string[], environment: Environment) {
    this.#child = spawn(command, args, { env: childEnvironment(environment), stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer): void => {
      this.output += chunk.toString('utf8');
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    Program.#running.add(this);
    this.ended = new Promise((resolve) =>
      this.#child.once('close', (code) => {
        Program.#running.delete(this);
        resolve(code);
      }),
    );
  }

  /** Waits until the program has printed something that matches. */
  async printed(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    const looked = until(
      `"${pattern.source}" in the program's output`,
      () => pattern.test(this.output),
      timeoutMs,
      () => this.output,
    );
    // A program that ended prints no more; a later, wanted end of it is no concern of this wait.
    const ended = this.ended.then((code) => {
      throw new Error(`the program ended with ${code ?? 'a signal'}: ${this.output}`);
    });
    ended.catch(() => undefined);
    await Promise.race([looked, ended]);
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.ended;
  }
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], environment: Environment = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: childEnvironment(environment), stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
