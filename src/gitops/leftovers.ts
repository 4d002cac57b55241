import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const PREFIX = 'cnpg-rotator-git-';
/** Process numbers repeat, in a restarted container at once. The start time tells this process from an earlier one. */
const OWN = `${process.pid}-${Math.round(performance.timeOrigin)}`;

/** The beginning of the names of this worker's folders. */
export function prefixOfOwn(): string {
  return `${PREFIX}${OWN}`;
}

/** Removes the folders of workers that were killed. */
export function removeLeftovers(parent: string): void {
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
  return lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.();
}
