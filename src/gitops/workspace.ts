import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RotationError } from '../domain/failures.ts';
import type { GitOpsSource } from '../domain/source.ts';
import { Repository } from './git.ts';
import type { GitAccess } from './quotable.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { Sops } from './sops.ts';

/** Files with the keys of a Secret with Git credentials; the names are Flux's own. */
export type CredentialFiles = Readonly<Record<string, Uint8Array>>;

/** A clone and its tools, for as long as one activity runs. */
export interface Workspace {
  readonly source: GitOpsSource;
  readonly repository: Repository;
  readonly sops: Sops;
  readonly signal: AbortSignal;
  /** Gets the branch's current state. The files that the branch ignores are added. */
  readonly refresh: () => Promise<void>;
  /** Writes a file of the work tree; plaintext only where the repository ignores the file. */
  readonly write: (path: string, content: string) => void;
  readonly close: () => void;
}

/** @param secret the data of the Secret that the source names for its credentials. */
export function openWorkspace(
  source: GitOpsSource,
  secret: CredentialFiles | undefined,
  signal: AbortSignal,
): Workspace {
  const scratch = openScratch();
  const repository = new Repository({ source, access: toAccess(source, secret, scratch), scratch, signal });
  const { directory } = repository;
  const { ageKeyFile } = source;
  return {
    source,
    repository,
    sops: new Sops({ directory, ageKeyFile, scratch, signal }),
    signal,
    refresh: async () => {
      await repository.refresh();
      for (const [path, file] of Object.entries(source.localFiles)) link(directory, path, file, source);
    },
    write: (path, content) => writeFileSync(join(directory, path), content, { mode: 0o600 }),
    close: () => scratch.remove(),
  };
}

/** The variable's file is copied when it is edited. A render only reads the other files. */
function link(directory: string, path: string, file: string, { variable }: GitOpsSource): void {
  if (!existsSync(file)) {
    throw new RotationError(
      'InvalidConfiguration',
      `The worker has no file ${file}, which localFiles in the catalogue names for ${path}.`,
    );
  }
  const target = join(directory, path);
  mkdirSync(dirname(target), { recursive: true });
  if (path === variable?.file) writeFileSync(target, readFileSync(file), { mode: 0o600 });
  else symlinkSync(file, target);
}

function toAccess({ credentials }: GitOpsSource, secret: CredentialFiles | undefined, scratch: Scratch): GitAccess {
  switch (credentials?.kind) {
    case undefined:
      return {};
    case 'ssh':
      return { identityFile: credentials.keyFile, knownHostsFile: credentials.knownHostsFile };
    case 'password':
      return {
        usernameFile: scratch.keep('username', credentials.username),
        passwordFile: credentials.passwordFile,
      };
    case 'secret': {
      const file = (key: string): string | undefined =>
        secret?.[key] === undefined ? undefined : scratch.keep(`credential-${key}`, secret[key]);
      return {
        usernameFile: file('username'),
        passwordFile: file('password'),
        identityFile: file('identity'),
        knownHostsFile: file('known_hosts'),
        caFile: file('ca.crt'),
      };
    }
  }
}
