/** Files with what the repository's server wants to see; each only where it is needed. */
export interface GitAccess {
  readonly usernameFile?: string;
  readonly passwordFile?: string;
  readonly identityFile?: string;
  readonly knownHostsFile?: string;
  readonly caFile?: string;
}
