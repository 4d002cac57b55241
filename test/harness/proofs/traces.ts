import { linkSync, lstatSync, mkdirSync, readFileSync, readdirSync, statSync, type FSWatcher, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Haystack } from '../../../sandbox/harness/secret-scan.ts';
import { ProcessLog } from './process-log.ts';
import { ROOT } from '../../../sandbox/harness/programs.ts';
import type { World } from '../../../sandbox/harness/world.ts';

/** Of the worker's working directory: what others write there, and no program of ours. */
const NOT_OURS: ReadonlySet<string> = new Set(['node_modules', '.git', 'dist', 'coverage']);

/**
 * What a run leaves behind on this machine and in the cluster, besides Temporal's histories and the worker's output.
 *
 * What it cannot see: a program that changes its own arguments after its start; a temporary file outside of the
 * programs' own folder (TMPDIR) that is gone before the end; one that another program keeps writing in a folder that
 * was there before.
 */
export class Traces {
  /** How many temporary files were kept, whatever became of their first names. */
  keptFiles = 0;
  readonly #keep: string;
  readonly #watcher: FSWatcher;

  private constructor(
    private readonly world: World,
    private readonly since: number,
    private readonly logEnds: Readonly<Record<string, number>>,
    private readonly processes: ProcessLog | undefined,
    /** Where our programs put their temporary files (TMPDIR). */
    readonly folder: string,
  ) {
    this.#keep = path.join(folder, '..', 'kept');
    mkdirSync(this.#keep);
    this.#watcher = watch(folder, { recursive: true }, (_, name) => this.#keepFile(name ?? ''));
  }

  /** @param parent a folder in which to put those of the programs' temporary files. */
  static async begin(world: World, parent: string): Promise<Traces> {
    const folder = path.join(parent, 'tmp');
    mkdirSync(folder);
    const logs = Object.values(world.sandbox.logs);
    const ends = Object.fromEntries(logs.map((file) => [file, sizeOf(file)]));
    // Only beside a real cluster: the log of processes wants root, and Linux.
    const processes = logs.length > 0 ? await ProcessLog.start() : undefined;
    return new Traces(world, Date.now(), ends, processes, folder);
  }

  /** All that there is by now; the process log ends with it. */
  async collect(): Promise<Haystack[]> {
    const heard = await this.processes?.stop();
    this.#watcher.close();
    const { items } = await this.world.core.listEventForAllNamespaces();
    return [
      ...Object.entries(this.world.sandbox.logs).map(([name, file]) => ({
        name,
        text: readSince(file, this.logEnds[file] ?? 0),
      })),
      { name: 'the Events', text: JSON.stringify(items) },
      ...(this.processes === undefined
        ? []
        : [{ name: `the arguments of processes (${heard ?? ''})`, text: this.processes.text }]),
      ...this.#files().map((file) => ({ name: `the file ${file}`, text: readWhole(file) })),
    ];
  }

  /** A second name for a file that may soon lose its first. */
  #keepFile(name: string): void {
    try {
      linkSync(path.join(this.folder, name), path.join(this.#keep, String(this.keptFiles)));
      this.keptFiles += 1;
    } catch {
      // A folder, or gone already.
    }
  }

  #files(): string[] {
    return [
      ...newFiles(path.dirname(this.folder), this.since),
      ...newFiles(tmpdir(), this.since, { known: false }),
      ...newFiles(ROOT, this.since),
    ];
  }
}

/**
 * The files of a folder that were written since then.
 * @param options.known go into folders that were there before, too.
 */
function newFiles(folder: string, since: number, { known = true }: { readonly known?: boolean } = {}): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const name = path.join(folder, entry.name);
    const { mtimeMs, birthtimeMs } = lstatSync(name, { throwIfNoEntry: false }) ?? { mtimeMs: 0, birthtimeMs: 0 };
    if (entry.isFile()) return mtimeMs >= since ? [name] : [];
    if (!entry.isDirectory() || NOT_OURS.has(entry.name) || !(known || birthtimeMs >= since)) return [];
    return newFiles(name, since, { known });
  });
}

function sizeOf(log: string): number {
  const found = statSync(log, { throwIfNoEntry: false });
  if (found !== undefined) return found.size;
  throw new Error(`there is no ${log}: start the sandbox anew with "npm run sandbox -- down" and "up"`);
}

/** What was written to a log since it had that size; all of it when it was begun anew. */
function readSince(log: string, size: number): string {
  return readFileSync(log)
    .subarray(size <= sizeOf(log) ? size : 0)
    .toString('latin1');
}

/** Byte for byte: a database is no text, and what is looked for is ASCII. */
function readWhole(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // Gone since it was listed.
    return '';
  }
}
