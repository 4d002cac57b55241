import { accessSync, constants, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Memory, not a disk, on every Linux. A render's files in this folder are gone when the machine loses power. */
const MEMORY = '/dev/shm';
const PREFIX = 'cnpg-rotator-git-';
/** Process numbers repeat, in a restarted container at once. The start time tells this process from an earlier one. */
const OWN = `${process.pid}-${Math.round(performance.timeOrigin)}`;

/** A private folder that lives as long as one activity. */
export interface Scratch {
  readonly directory: string;
  /** Writes a file that only we may read, and returns its path. */
  keep(name: string, content: string | Uint8Array): string;
  remove(): void;
}

/**
 * A new private folder (mode 0700): in memory where the machine has `/dev/shm`, else in `TMPDIR`. Also removes the
 * folders of workers that were killed.
 */
export function openScratch(parent = defaultParent()): Scratch {
  removeLeftovers(parent);
  const directory = mkdtempSync(join(parent, `${PREFIX}${OWN}-`));
  return {
    directory,
    keep: (name, content) => {
      const path = join(directory, name);
      writeFileSync(path, content, { mode: 0o600 });
      return path;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function defaultParent(): string {
  try {
    accessSync(MEMORY, constants.W_OK | constants.X_OK);
    return MEMORY;
  } catch {
    return tmpdir();
  }
}

function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(parent, name);
    if (isOurs(path) && isGone(name.slice(PREFIX.length))) rmSync(path, { recursive: true, force: true });
  }
}

function isGone(owner: string): boolean {
  const pid = Number(owner.split('-')[0]);
  if (!Number.isInteger(pid) || pid < 1) return false;
  if (pid === process.pid) return !owner.startsWith(`${OWN}-`);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function isOurs(path: string): boolean {
  return existsSync(path) && statSync(path).uid === process.getuid?.();
}
