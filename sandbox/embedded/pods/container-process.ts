import { spawn, type ChildProcess } from 'node:child_process';
import type { LogLine } from '../api/index.ts';
import type { Folder } from '../folder.ts';

/** More lines of one container are forgotten, oldest first. */
const KEPT_LINES = 20_000;

/** A container's program, as a process of this machine. */
export class ContainerProcess {
  readonly lines: LogLine[] = [];
  readonly startedAt = new Date();
  /** Its exit code, or 128 and the signal's number. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();

  constructor(argv: readonly string[], env: NodeJS.ProcessEnv, folder: Folder) {
    const [program = '', ...args] = argv;
    // In a session of its own: a terminal's Ctrl-C is for the sandbox, which ends its pods in order.
    this.#child = spawn(program, args, { env, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    folder.watch(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = '';
      stream?.on('data', (chunk: Buffer) => {
        const parts = (rest + chunk.toString('utf8')).split('\n');
        rest = parts.pop() ?? '';
        for (const text of parts) this.#print(text);
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#print(error.message);
        resolve(127);
      });
      this.#child.once('close', (code) => resolve(code ?? 137));
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Calls the listener after each line. @returns what ends it. */
  onLine(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #print(text: string): void {
    this.lines.push({ at: new Date(), text });
    if (this.lines.length > KEPT_LINES) this.lines.splice(0, this.lines.length - KEPT_LINES);
    for (const listener of this.#listeners) listener();
  }
}
