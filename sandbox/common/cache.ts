import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A short name for a set of inputs: the same inputs make the same name, any change another. */
export function keyOf(...inputs: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  // Each input with its length before it, so that moving a boundary makes another key.
  for (const input of inputs) hash.update(`${input.length}:`).update(input);
  return hash.digest('hex').slice(0, 12);
}

/**
 * Makes the folder `path` once: `make` fills a temporary one beside it, which is renamed when it is complete, so that
 * whoever sees `path` sees all of it. A second process that wants the same waits for the first.
 */
export async function once(
  path: string,
  make: (directory: string) => Promise<void>,
  options: { signal: AbortSignal; waiting?: (pid: number) => void },
): Promise<void> {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const release = await lock(`${path}.lock`, options);
  try {
    if (existsSync(path)) return;
    const temporary = `${path}.making`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    try {
      await make(temporary);
      renameSync(temporary, path);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  } finally {
    release();
  }
}

/** Takes a lock that a file stands for. The file of a process that has ended counts for nothing. */
export async function lock(
  file: string,
  options: { signal: AbortSignal; waiting?: (pid: number) => void },
): Promise<() => void> {
  for (;;) {
    options.signal.throwIfAborted();
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(file);
    if (holder === undefined || !isRunning(holder)) {
      rmSync(file, { force: true });
      continue;
    }
    options.waiting?.(holder);
    await sleep(500, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

function readHolder(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
