import { execFileSync } from 'node:child_process';

/** Between two looks at the processes, in milliseconds. */
const LOOK_EVERY_MS = 150;

/** Remembers every process that comes from one, so that those that outlive it are known. */
export class Descendants {
  /** By process id and start, which together name a process even where ids are used again. */
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly root: number) {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  get count(): number {
    return this.#seen.size;
  }

  /** @returns the command lines of those that still run. */
  stillRunning(): readonly string[] {
    clearInterval(this.#timer);
    return processes()
      .filter(({ key, state }) => this.#seen.has(key) && !state.startsWith('Z'))
      .map(({ command }) => command);
  }

  #look(): void {
    const all = processes();
    const found = new Set([this.root]);
    // A process may stand before its parent: until nothing is new.
    for (let size = 0; size !== found.size;) {
      size = found.size;
      for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
    }
    for (const { pid, key } of all) if (found.has(pid)) this.#seen.add(key);
  }
}

function processes(): { pid: number; parent: number; key: string; state: string; command: string }[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,lstart=,stat=,args='], {
    encoding: 'utf8',
    maxBuffer: 1 << 25,
  });
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, started = '', state = '', command = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined) return [];
    return { pid: Number(pid), parent: Number(parent), key: `${pid} ${started}`, state, command };
  });
}
