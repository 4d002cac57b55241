import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { RotationError } from '../domain/failures.ts';

/** Memory, not a disk, on every Linux. */
const MEMORY = '/dev/shm';

/** The kinds of file systems that keep their files in memory: tmpfs and ramfs (statfs(2)). */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** A folder in which scratch folders can be made. */
export interface Place {
  readonly path: string;
  /** It is in memory, or the operator has named it. */
  readonly mayHoldPlaintext: boolean;
}

/**
 * The places that can be written, memory first. A folder that the operator names is the only one.
 * @throws RotationError `InvalidConfiguration` where that folder cannot be written.
 */
export function placesFor(env: NodeJS.ProcessEnv): readonly Place[] {
  const named = env['CNPG_ROTATOR_SCRATCH'];
  if (named !== undefined && named !== '') {
    if (isWritable(named)) return [{ path: named, mayHoldPlaintext: true }];
    throw new RotationError(
      'InvalidConfiguration',
      `The worker cannot write into the folder ${named}, which CNPG_ROTATOR_SCRATCH names. Make the folder, and let the worker's user write there.`,
    );
  }
  return [MEMORY, tmpdir()]
    .filter(isWritable)
    .map((path) => ({ path, mayHoldPlaintext: isInMemory(path) }))
    .sort((a, b) => Number(b.mayHoldPlaintext) - Number(a.mayHoldPlaintext));
}

/** `/dev/shm has 12 MB free of 64 MB`. */
export function describeRoom(path: string, name = path): string {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(path);
  const inodes = files > 0 && ffree === 0 ? ', and no file more' : '';
  return `${name} has ${megabytes(bavail * bsize)} free of ${megabytes(blocks * bsize)}${inodes}`;
}

/** Whether nothing more can be written there. A program that failed may have removed its half-written file. */
export function isNearlyFull(path: string): boolean {
  const { bsize, bavail, files, ffree } = statfsSync(path);
  return bavail * bsize < NEARLY_FULL_BYTES || (files > 0 && ffree === 0);
}

const NEARLY_FULL_BYTES = 1024 * 1024;

/** Whether a call of Node.js failed for want of space. */
export function isFullError(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException | undefined)?.code));
}

/** Git says no more than this of a file of the work tree that does not fit. */
const FULL = /No space left on device|Disk quota exceeded|Out of diskspace|^error: unable to write file [^:]+$/i;

/** Whether Git says that there is no space here. What the server says of its own disk begins with `remote:`. */
export function saysFull(stderr: string): boolean {
  return stderr
    .split('\n')
    .filter((line) => !line.startsWith('remote:'))
    .some((line) => FULL.test(line));
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isInMemory(path: string): boolean {
  return IN_MEMORY.has(statfsSync(path).type);
}
