import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { objectName } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { GitOpsSource, LocalFile, SecretFile } from '../domain/source.ts';
import type { Repository } from './git.ts';

/** A file that all workers share, in a Secret of the cluster. */
export interface SharedFiles {
  /** @returns undefined where there is no such Secret, or no such key. */
  read(file: SecretFile): Promise<SharedFile | undefined>;
  /** @returns false where somebody else wrote the Secret since it was read. */
  write(file: SecretFile, content: string, version: string): Promise<boolean>;
}

export interface SharedFile {
  readonly content: string;
  readonly version: string;
}

/** Brings the files into the work tree that the repository ignores. @throws RotationError `InvalidConfiguration`. */
export async function bringLocalFiles(
  repository: Repository,
  source: GitOpsSource,
  shared: SharedFiles,
): Promise<void> {
  for (const [path, file] of Object.entries(source.localFiles)) {
    if (typeof file !== 'string') repository.write(path, (await readShared(path, file, shared)).content);
    else link(repository, path, file, source);
  }
}

export async function readShared(path: string, file: SecretFile, shared: SharedFiles): Promise<SharedFile> {
  const found = await shared.read(file);
  if (found !== undefined) return found;
  throw absent(path, file);
}

/** The variable's file is copied when it is edited. A render only reads the other files. */
function link(repository: Repository, path: string, file: string, { variable }: GitOpsSource): void {
  if (!existsSync(file)) throw absent(path, file);
  if (path === variable?.file) {
    repository.write(path, readFileSync(file));
    return;
  }
  const target = repository.place(path);
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(file, target);
}

/** The name of the file for messages. */
export function describeLocalFile(file: LocalFile): string {
  return typeof file === 'string' ? file : `key "${file.key}" of ${objectName('Secret', file.namespace, file.name)}`;
}

function absent(path: string, file: LocalFile): RotationError {
  return new RotationError(
    'InvalidConfiguration',
    `${typeof file === 'string' ? 'The worker has no file' : 'There is no'} ${describeLocalFile(file)}, which localFiles in the catalogue names for ${path}.`,
  );
}
