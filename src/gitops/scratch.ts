import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RotationError } from '../domain/failures.ts';
import { prefixOfOwn, removeLeftovers } from './leftovers.ts';
import { describeRoom, isFullError, megabytes, placesFor, type Place } from './places.ts';
import { describeRepository } from './quotable.ts';

/** Private folders (mode 0700) that live as long as one activity. */
export interface Scratch {
  /** For credentials and other small files. */
  readonly directory: string;
  /** Where the clone may be, the best place first. */
  readonly places: readonly Place[];
  /** Every place that can be written. */
  readonly all: readonly Place[];
  /** Writes a file that only we may read, and returns its path. */
  keep(name: string, content: string | Uint8Array): string;
  /** A new empty folder in the place, for the clone. A folder that was opened before is removed. */
  openRoom(place: Place): string;
  remove(): void;
}

export interface ScratchNeeds {
  /** Credentials, or a file that is not encrypted, are written outside of the clone. */
  readonly secrets: boolean;
  /** Files that are not encrypted stand in the clone. */
  readonly plaintextInClone: boolean;
}

/**
 * What is secret goes into memory, or into the folder that the operator names. A clone without plaintext holds what the
 * Git server holds, so it may be on a disk where the memory is too small. Also removes the folders of workers that were
 * killed.
 * @throws RotationError `NoSpace`, also where a secret would have to be on a disk.
 */
export function openScratch(needs: ScratchNeeds, all: readonly Place[] = placesFor(process.env)): Scratch {
  const [first] = all;
  const forSecrets = all.find(({ mayHoldPlaintext }) => mayHoldPlaintext);
  const places = needs.plaintextInClone ? all.filter(({ mayHoldPlaintext }) => mayHoldPlaintext) : all;
  const home = forSecrets ?? (needs.secrets ? undefined : first);
  if (home === undefined || places.length === 0) throw noMemory();
  for (const { path } of all) removeLeftovers(path);
  const folders: string[] = [];
  const open = ({ path }: Place): string =>
    inRoom(path, () => {
      const folder = mkdtempSync(join(path, `${prefixOfOwn()}-`));
      folders.push(folder);
      return folder;
    });
  const directory = open(home);
  let room: string | undefined;
  return {
    directory,
    places,
    all,
    keep: (name, content) =>
      inRoom(directory, () => {
        const path = join(directory, name);
        writeFileSync(path, content, { mode: 0o600 });
        return path;
      }),
    openRoom: (place) => {
      if (room !== undefined) rmSync(room, { recursive: true, force: true });
      room = open(place);
      return room;
    },
    remove: () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Turns a full place into an error that names the place. */
export function inRoom<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!isFullError(error)) throw error;
    throw fullRoom(path);
  }
}

/** @param path a folder in the place that is full. */
export function fullRoom(path: string): RotationError {
  return new RotationError('NoSpace', `${describeRoom(path)}, which is too little. ${MORE_ROOM}`);
}

/** A place that was too small for the clone. */
export interface Tried {
  /** Its free space before the clone. */
  readonly room: string;
  /** What the clone and its files take; undefined where Git could not say it. */
  readonly neededBytes: number | undefined;
}

/** No place had room for the clone. */
export function doesNotFit(repository: string, tried: readonly Tried[], { places, all }: Scratch): RotationError {
  const needed = Math.max(0, ...tried.map(({ neededBytes = 0 }) => neededBytes));
  const size = needed === 0 ? 'more than is free' : `about ${megabytes(needed)}`;
  const where = tried.map(({ room }) => room).join(', and ');
  const notAsked =
    all.length === places.length
      ? ''
      : ' Not everything in the clone is encrypted, so the clone goes to no disk unasked.';
  return new RotationError(
    'NoSpace',
    `A clone of ${describeRepository(repository)} needs ${size}: ${where}.${notAsked} ${MORE_ROOM}`,
  );
}

const MORE_ROOM =
  'Give the worker more memory at /dev/shm (a volume emptyDir with medium: Memory and a sizeLimit), or name a folder with room in CNPG_ROTATOR_SCRATCH.';

function noMemory(): RotationError {
  return new RotationError(
    'NoSpace',
    `The worker has no folder in memory that it may write (/dev/shm), and what is not encrypted would have to be on a disk. ${MORE_ROOM}`,
  );
}
