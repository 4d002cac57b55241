import { RotationError } from '../domain/failures.ts';
import type { GitOpsSource } from '../domain/source.ts';
import { Repository } from './git.ts';
import { bringLocalFiles, type SharedFiles } from './local-files.ts';
import { neededFiles } from './needed-files.ts';
import type { Place } from './places.ts';
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
  readonly shared: SharedFiles;
  readonly signal: AbortSignal;
  /** Gets the branch's current state. The files that the branch ignores are added. */
  readonly refresh: () => Promise<void>;
  /** Writes a file of the work tree; plaintext only where the repository ignores the file. */
  readonly write: (path: string, content: string) => void;
  readonly close: () => void;
}

export interface WorkspaceOptions {
  /** The data of the Secret that the source names for its credentials. */
  readonly secret: CredentialFiles | undefined;
  /** The files of `localFiles` that are in Secrets. */
  readonly shared: SharedFiles;
  /** Where the clone may be; default: what the machine has. */
  readonly places?: readonly Place[];
  readonly signal: AbortSignal;
}

/** @throws RotationError `NoSpace`. */
export function openWorkspace(source: GitOpsSource, { secret, shared, places, signal }: WorkspaceOptions): Workspace {
  const { ageKeyFile, render, localFiles } = source;
  const scratch = openScratch(
    {
      secrets: secret !== undefined,
      plaintextInClone: render.length > 0 || Object.keys(localFiles).length > 0,
    },
    places,
  );
  const access = toAccess(source, secret, scratch);
  const repository = new Repository({ source, access, scratch, sparse: neededFiles(source), signal });
  return {
    source,
    repository,
    sops: new Sops({ directory: () => repository.directory, ageKeyFile, scratch, signal }),
    shared,
    signal,
    refresh: async () => {
      await repository.refresh();
      // What the render writes is not encrypted yet.
      if (render.length > 0) refuseLinksOut(await repository.linksOut());
      await bringLocalFiles(repository, source, shared);
    },
    write: (path, content) => repository.write(path, content),
    close: () => scratch.remove(),
  };
}

function refuseLinksOut(links: readonly string[]): void {
  if (links.length === 0) return;
  throw new RotationError(
    'SymbolicLink',
    `The branch has symbolic links that lead out of the repository, and a render could write plaintext through them: ${links.slice(0, 5).join(', ')}. Remove them from the branch, or let the rotation edit the encrypted files ("manifests" without "render").`,
  );
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
