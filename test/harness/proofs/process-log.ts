import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('process-log.py', import.meta.url));

/** The arguments of every process of the machine that starts while it listens. */
export class ProcessLog {
  /** A line for each process. */
  text = '';
  #said = '';
  readonly #ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.text += chunk.toString('latin1')));
    child.stderr?.on('data', (chunk: Buffer) => (this.#said += chunk.toString('utf8')));
    this.#ended = new Promise((resolve) => child.once('close', resolve));
  }

  static async start(): Promise<ProcessLog> {
    const child = spawn(process.env['PYTHON'] ?? 'python3', [SCRIPT], { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = new ProcessLog(child);
    await Promise.race([
      new Promise((resolve) => child.stderr.once('data', resolve)),
      log.#ended.then(() => Promise.reject(new Error(`the log of processes did not start: ${log.#said}`))),
    ]);
    return log;
  }

  /** @returns how it listened, how many it told of and how many it missed: `by events, told 812, missed 3`. */
  async stop(): Promise<string> {
    this.child.kill('SIGTERM');
    await this.#ended;
    return this.#said.trim().replaceAll('\n', ', ');
  }
}
