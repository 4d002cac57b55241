/**
 * Where Git has a component's password: the repository, how a change is made in it, and who brings it to the cluster.
 * It carries names of files and Secrets, never what is in them.
 */
export interface GitOpsSource {
  /** `https://…`, `ssh://…` or `git@host:path`, without a password. */
  readonly repository: string;
  readonly branch: string;
  readonly credentials?: GitCredentials;
  /** Who the commits are from. */
  readonly author: { readonly name: string; readonly email: string };
  /** A private SSH key that signs the commits; without it they are not signed. */
  readonly signingKeyFile?: string;
  /** The age identity that SOPS decrypts with; without it SOPS finds its keys by its own means. */
  readonly ageKeyFile?: string;
  /** The variable that templates take the password from. */
  readonly variable?: GitVariable;
  /** Files or folders with the encrypted Secrets; empty: every tracked `*.sops.yaml` and `*.sops.yml`. */
  readonly manifests: readonly string[];
  /** Makes the manifests from the variable; empty: the rotation edits the manifests itself. */
  readonly render: readonly string[];
  /** Files that the repository ignores and a render needs: path in the repository → file on the worker. */
  readonly localFiles: Readonly<Record<string, string>>;
  /** Files or folders, besides the component's own, that a commit may change. */
  readonly allowedPaths: readonly string[];
  readonly flux: FluxSource;
}

export type GitCredentials =
  /** A Secret with the keys that Flux uses: `username` and `password`, or `identity` and `known_hosts`, and `ca.crt`. */
  | { readonly kind: 'secret'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'password'; readonly username: string; readonly passwordFile: string }
  | { readonly kind: 'ssh'; readonly keyFile: string; readonly knownHostsFile: string };

export interface GitVariable {
  /** In the repository, or one of `localFiles`. */
  readonly file: string;
  /** Its name; dots step into mappings where no key has the whole name. */
  readonly key: string;
  /** The variable in the same file that templates take the user's name from, which changes with alternating roles. */
  readonly usernameKey?: string;
}

export interface FluxSource {
  /** Default: what the live Secret's labels name. */
  readonly kustomization?: ObjectRef;
  /** Default: the source of that Kustomization. */
  readonly gitRepository?: ObjectRef;
  /** A command that makes the cluster follow the branch, run in the clone, instead of our own request to Flux. */
  readonly reconcile: readonly string[];
}

export interface ObjectRef {
  readonly namespace: string;
  readonly name: string;
}

/** What tells a rotation's commits from all others, and each of them from its others. */
export interface CommitTrailers {
  readonly rotation: string;
  readonly strategy: string;
  readonly target: 'pending' | 'previous';
  /** Which of two login roles' Secrets it changes; absent for the application's. */
  readonly login?: { readonly part: 'incoming' | 'outgoing'; readonly role: string };
}

const ROTATION_TRAILER = 'Rotation-Id';
export const TARGET_TRAILER = 'Rotation-Target';
/** Not on a commit that changes the application's Secrets. */
export const PART_TRAILER = 'Rotation-Part';

/** The commit's message. The way back restores what was there before. */
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

/** The line by which a retry finds the commits of its rotation. */
export function rotationTrailer(rotation: string): string {
  return `${ROTATION_TRAILER}: ${rotation}`;
}
