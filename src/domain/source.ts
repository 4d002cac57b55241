import type { Target } from './steps.ts';

/**
 * Git as the place of a component's password: the repository, how a rotation changes it, and who applies it to the
 * cluster. The type holds names of files and Secrets, never their content.
 */
export interface GitOpsSource {
  /** `https://…`, `ssh://…` or `git@host:path`, without a password. */
  readonly repository: string;
  readonly branch: string;
  readonly credentials?: GitCredentials;
  /** The author of the commits. */
  readonly author: { readonly name: string; readonly email: string };
  /** A private SSH key that signs the commits; absent: the commits are not signed. */
  readonly signingKeyFile?: string;
  /** The age identity with which SOPS decrypts; absent: SOPS finds its keys by its own means. */
  readonly ageKeyFile?: string;
  /** Templates take the password from this variable. */
  readonly variable?: GitVariable;
  /** Files or folders with the encrypted Secrets; empty: every tracked `*.sops.yaml` and `*.sops.yml`. */
  readonly manifests: readonly string[];
  /** The command that makes the manifests from the variable; empty: the rotation edits the manifests itself. */
  readonly render: readonly string[];
  /** Files that a render needs and the repository ignores, by their paths in the repository. */
  readonly localFiles: Readonly<Record<string, LocalFile>>;
  /** Files or folders that a commit may change, besides the component's own files. */
  readonly allowedPaths: readonly string[];
  readonly flux: FluxSource;
}

/** A file on the worker, by its absolute path, or a file that all workers share. */
export type LocalFile = string | SecretFile;

/** One key of a Secret. */
export interface SecretFile extends ObjectRef {
  readonly key: string;
}

export type GitCredentials =
  /** A Secret with Flux's keys: `username` and `password`, or `identity` and `known_hosts`, and `ca.crt`. */
  | { readonly kind: 'secret'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'password'; readonly username: string; readonly passwordFile: string }
  | { readonly kind: 'ssh'; readonly keyFile: string; readonly knownHostsFile: string };

export interface GitVariable {
  /** A file in the repository, or one of `localFiles`. */
  readonly file: string;
  /** The variable's name. Dots step into mappings where no key has the whole name. */
  readonly key: string;
  /** The variable of the user name in the same file. Templates use it; its value changes with alternating roles. */
  readonly usernameKey?: string;
}

export interface FluxSource {
  /** Default: the Kustomization in the live Secret's labels. */
  readonly kustomization?: ObjectRef;
  /** Default: the source of the Kustomization. */
  readonly gitRepository?: ObjectRef;
  /** This command runs in the clone and makes the cluster follow the branch. It replaces our request to Flux. */
  readonly reconcile: readonly string[];
}

export interface ObjectRef {
  readonly namespace: string;
  readonly name: string;
}

/** The trailers that distinguish a rotation's commits from all others, and from each other. */
export interface CommitTrailers {
  readonly rotation: string;
  readonly strategy: string;
  readonly target: Target;
  /** The login role whose Secret the commit changes; absent for the application's Secrets. */
  readonly login?: { readonly part: 'incoming' | 'outgoing'; readonly role: string };
}

const ROTATION_TRAILER = 'Rotation-Id';
export const TARGET_TRAILER = 'Rotation-Target';
/** A commit that changes the application's Secrets does not have this trailer. */
export const PART_TRAILER = 'Rotation-Part';

/** The commit's message. On the way back the commit restores the previous state. */
export function commitMessage(component: string, trailers: CommitTrailers): string {
  const { rotation, strategy, target, login } = trailers;
  return [
    `rotate: ${subject(component, trailers)}`,
    '',
    rotationTrailer(rotation),
    `Rotation-Strategy: ${strategy}`,
    `${TARGET_TRAILER}: ${target}`,
    ...(login === undefined ? [] : [`${PART_TRAILER}: ${login.part}`]),
    '',
  ].join('\n');
}

function subject(component: string, { target, login }: CommitTrailers): string {
  if (login === undefined) return `${target === 'pending' ? 'Update' : 'Restore'} ${component} database password`;
  return `${login.part === 'incoming' ? 'Let' : 'Lock'} ${login.role} ${login.part === 'incoming' ? 'into' : 'out of'} ${component} database`;
}

/** A retry finds the commits of its rotation by this line. */
export function rotationTrailer(rotation: string): string {
  return `${ROTATION_TRAILER}: ${rotation}`;
}
