import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Begins the name of every temporary folder of the embedded sandbox: a test looks for it. */
export const FOLDER_PREFIX = 'cnpg-rotator-embedded-';

/**
 * Waits for the end of its standard input. When that comes without a word before, this process died without cleaning
 * up: then it ends what is left of it.
 */
const GUARD = `trap '' INT TERM HUP
read -r word && [ "$word" = bye ] && exit 0
for file in "$1"/pids/*; do kill -QUIT "\${file##*/}" 2>/dev/null; done
sleep 1
for file in "$1"/pids/*; do kill -KILL "\${file##*/}" 2>/dev/null; done
rm -rf "$1"`;

/**
 * The one folder that holds everything that the embedded sandbox writes, and the list of the processes that it started.
 * Both are gone after `remove()`, and after a SIGKILL of this process too.
 */
export class Folder {
  readonly path: string;
  readonly #guard: ChildProcess;

  constructor() {
    this.path = mkdtempSync(path.join(tmpdir(), FOLDER_PREFIX));
    // PostgreSQL's user, who may be another one, has to reach its own folder below.
    chmodSync(this.path, 0o711);
    mkdirSync(this.in('pids'), { mode: 0o700 });
    // In a session of its own, so that a terminal's Ctrl-C does not reach it.
    this.#guard = spawn('sh', ['-c', GUARD, 'sh', this.path], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    });
    this.#guard.stdin?.on('error', () => undefined);
    this.#guard.unref();
    (this.#guard.stdin as unknown as { unref(): void } | null)?.unref();
  }

  in(...names: readonly string[]): string {
    return path.join(this.path, ...names);
  }

  /** Keeps the process on the list until it has ended. */
  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    const file = this.in('pids', String(pid));
    writeFileSync(file, '');
    child.once('exit', () => rmSync(file, { force: true }));
  }

  remove(): void {
    this.#guard.stdin?.end('bye\n');
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
