import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { RotationError } from '../domain/failures.ts';

/*
 * The files of a clone, by their paths in the repository. Whoever may push to the branch may put a symbolic link at any
 * path. So no write goes through a link, and a read goes through a link only where the link stays below the clone.
 * Git keeps no hard links. The clone is private, so nobody exchanges a folder for a link between the look and the
 * write. A process that a render leaves behind could, and such a process has the worker's rights anyway.
 */

/** As many links as the kernel follows on one path. */
const MOST_LINKS = 40;

/** Writes the file, where neither it nor a folder above it is a symbolic link. @throws RotationError `SymbolicLink`. */
export function writeInside(clone: string, path: string, content: string | Uint8Array): void {
  refuseLinks(clone, path);
  const file = join(clone, path);
  mkdirSync(dirname(file), { recursive: true });
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const opened = openSync(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(opened, content);
  } finally {
    closeSync(opened);
  }
}

/** @returns undefined where there is no file. @throws RotationError `SymbolicLink` where a link leads out of the clone. */
export function readInside(clone: string, path: string): string | undefined {
  const real = followLinks(join(clone, path));
  if (!isBelow(real, clone)) {
    throw new RotationError(
      'SymbolicLink',
      `${path} is, or stands below, a symbolic link that leads out of the repository. Put a file in its place, then rotate again.`,
    );
  }
  return lstatSync(real, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(real, 'utf8');
}

/** @throws RotationError `SymbolicLink` for a link at the path, or at a folder above it. */
export function refuseLinks(clone: string, path: string): void {
  const steps = path.split('/');
  const parts = steps.map((_, index) => steps.slice(0, index + 1).join('/'));
  const link = parts.find((part) => isLink(join(clone, part)));
  if (link === undefined) return;
  throw new RotationError(
    'SymbolicLink',
    `${link} is a symbolic link in the repository, and ${path} would be read or written through it. Name the file that the link leads to, or put a file in its place.`,
  );
}

/** Whether a path leads out of the clone, also where nothing is there yet. Git's own folder counts as outside. */
export function leavesTheClone(clone: string, path: string): boolean {
  return !isBelow(followLinks(join(clone, path)), clone);
}

function isBelow(real: string, clone: string): boolean {
  const top = realpathSync(clone);
  const git = join(top, '.git');
  return real.startsWith(top + sep) && real !== git && !real.startsWith(git + sep);
}

/** The path without links. What does not exist is taken as it is written. */
function followLinks(path: string): string {
  const left = path.split(sep);
  let real: string = sep;
  let links = 0;
  for (let step = left.shift(); step !== undefined; step = left.shift()) {
    if (step === '' || step === '.') continue;
    const next = step === '..' ? dirname(real) : join(real, step);
    if (step === '..' || !isLink(next)) {
      real = next;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return sep;
    const target = readlinkSync(next);
    if (isAbsolute(target)) real = sep;
    left.unshift(...target.split(sep));
  }
  return real;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
